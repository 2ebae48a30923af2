# Ablation: no local aggregators (multi-head convolution).
_base_ = ['../fdp_synthetic.py']

model = dict(backbone=dict(num_local=(0, )))
