# What all datasets of real faces share: 8 grey frames of 64 x 64 pixels, and their dynamic image as a target.
train_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames'),
    dict(type='ResizeFrames', size=64),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]
test_pipeline = train_pipeline

train_dataloader = dict(
    batch_size=36,
    num_workers=2,
    persistent_workers=False,  # fresh workers each epoch, so a resumed run draws what an uninterrupted one draws
    worker_init_fn=dict(type='me_worker_init_fn'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=36,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, test_mode=True))
val_dataloader = test_dataloader

test_evaluator = [dict(type='MERMetric'), dict(type='DynamicImageMetric'), dict(type='RankOrderMetric')]
val_evaluator = test_evaluator
