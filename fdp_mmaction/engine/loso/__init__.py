"""Leave-one-subject-out runs: folds planned, run on any number of machines, pooled and reported."""
