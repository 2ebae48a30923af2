# Ablation: neither random crops nor flips.
_base_ = ['../fdp_synthetic.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
