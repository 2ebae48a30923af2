# Ablation: no global aggregators (self-attention).
_base_ = ['../fdp_synthetic.py']

model = dict(backbone=dict(num_global=(0, )))
