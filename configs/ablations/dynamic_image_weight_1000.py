# Ablation: weight 1000 instead of 100 of the dynamic-image task.
_base_ = ['../fdp_synthetic.py']

model = dict(aux_heads=dict(dynamic_image=dict(loss_weight=1000.0)))
