# Ablation: fixed rank pooling of the maps themselves, not of their running means.
_base_ = ['../fdp_synthetic.py']

model = dict(neck=dict(mode='approximate', smooth=False))
