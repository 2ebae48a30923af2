# Ablation: the learned scorer without its ranking loss.
_base_ = ['../fdp_synthetic.py']

model = dict(neck=dict(loss_weight=0.0))
