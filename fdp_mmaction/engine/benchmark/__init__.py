"""How fast data, training, inference and leave-one-subject-out runs are; ``tools/benchmark.py`` is the command.

Nothing here is imported by training or testing.
"""
