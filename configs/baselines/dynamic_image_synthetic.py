# Baseline: the small FDP's backbone and head on the fixed dynamic image of the same frames.
_base_ = ['../fdp_synthetic.py']

dynamic_image = [dict(type='FramesToDynamicImage'), dict(type='PackMEInputs')]
model = dict(
    backbone=dict(onset_difference=0.0),
    neck=dict(_delete_=True, type='RankPooling', in_channels=1, out_channels=8, mode='mean'),
    aux_heads=None)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.train_pipeline[:5], *dynamic_image]))
val_dataloader = test_dataloader = dict(dataset=dict(pipeline=[*_base_.test_pipeline[:4], *dynamic_image]))
val_evaluator = test_evaluator = [dict(type='MERMetric')]
