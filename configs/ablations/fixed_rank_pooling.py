# Ablation: fixed approximate rank pooling instead of the learned scorer.
_base_ = ['../fdp_synthetic.py']

model = dict(neck=dict(mode='approximate'))
