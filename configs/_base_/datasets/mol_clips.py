# What MOL needs of all datasets of real faces: 8 grey frames of 128 pixels cut from the aligned 144, the optical flow
# between them (TV-L1, computed once and kept: docs/preparation.md) and 68 landmarks. Training draws one temporal offset
# of an ME at random, testing averages all of them.
sampling = dict(type='SampleMEFrames', clip_len=8, mode='stride', allow_short=True)
train_pipeline = [
    dict(sampling, random_offset=True),
    dict(type='LoadPackedFrames', with_landmarks=True),
    dict(type='FlowTarget', method='tvl1'),  # of whole frames, before everything that is drawn at random
    dict(type='CropFrames', size=128, random=True),
    dict(type='FlipFrames', prob=0.5),
    dict(type='PackMEInputs'),
]
test_pipeline = [
    dict(sampling, num_clips='all'),
    dict(type='LoadPackedFrames', with_landmarks=True),
    dict(type='FlowTarget', method='tvl1'),
    dict(type='CropFrames', size=128),
    dict(type='PackMEInputs'),
]

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=False,  # fresh workers each epoch, so a resumed run draws what an uninterrupted one draws
    worker_init_fn=dict(type='me_worker_init_fn'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=1,  # MEs differ in their number of clips
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, test_mode=True))
val_dataloader = test_dataloader

test_evaluator = [dict(type='MERMetric'), dict(type='OpticalFlowMetric'), dict(type='LandmarkMetric')]
val_evaluator = test_evaluator
