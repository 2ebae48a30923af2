# Ablation: no rank scorer and no order at all: the mean over time.
_base_ = ['../fdp_synthetic.py']

model = dict(neck=dict(mode='mean'))
