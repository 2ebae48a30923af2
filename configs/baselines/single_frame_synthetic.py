# Baseline: the small FDP's backbone and head on the apex frame alone; what appearance without motion gives away.
_base_ = ['../fdp_synthetic.py']

apex_pipeline = [
    dict(type='SampleMEFrames', clip_len=1, end='apex'),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=140),
    dict(type='ResizeFrames', size=64),
    dict(type='PackMEInputs'),
]
model = dict(
    backbone=dict(onset_difference=0.0),
    neck=dict(_delete_=True, type='RankPooling', in_channels=1, out_channels=8, mode='mean'),
    aux_heads=None)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_dataloader = dict(dataset=dict(pipeline=apex_pipeline))
test_dataloader = dict(dataset=dict(pipeline=apex_pipeline))
val_dataloader = test_dataloader
test_evaluator = [dict(type='MERMetric')]
val_evaluator = test_evaluator
