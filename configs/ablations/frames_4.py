# Ablation: T = 4 frames instead of 8.
_base_ = ['../fdp_synthetic.py']

train_pipeline = [
    dict(type='SampleMEFrames', clip_len=4),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=132, random=True),
    dict(type='ResizeFrames', size=64),
    dict(type='FlipFrames', prob=0.5),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]
test_pipeline = [
    dict(type='SampleMEFrames', clip_len=4),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=132),
    dict(type='ResizeFrames', size=64),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
val_dataloader = test_dataloader
