# Ablation: weights of the three tasks learned, on top of the fixed ones.
_base_ = ['../mol_synthetic.py']

model = dict(uncertainty_weighting=True)
