# Baseline: the small FDP's backbone and head on the fixed dynamic image of the same frames.
_base_ = ['../fdp_synthetic.py']

train_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=132, random=True),
    dict(type='ResizeFrames', size=64),
    dict(type='FlipFrames', prob=0.5),
    dict(type='FramesToDynamicImage'),
    dict(type='PackMEInputs'),
]
test_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=132),
    dict(type='ResizeFrames', size=64),
    dict(type='FramesToDynamicImage'),
    dict(type='PackMEInputs'),
]
model = dict(neck=dict(_delete_=True, type='RankPooling', in_channels=1, out_channels=8, mode='mean'), aux_heads=None)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
val_evaluator = test_evaluator = [dict(type='MERMetric')]
