# The embedded synthetic dataset, 5 classes: 8 grey frames of 64 x 64 pixels, and their dynamic image as a target.
# The left-out subject and the prepared folder come from the environment, so any standard tool can run any fold.
dataset_type = 'SyntheticMEDataset'
data_root = '{{$ME_SYNTHETIC_ROOT:data/synthetic}}'
test_subject = '{{$ME_TEST_SUBJECT:sub01}}'
protocol = '5-class'

train_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=140, random=True),  # of the aligned 144 pixels; the head is bound to places
    dict(type='ResizeFrames', size=64),
    dict(type='FlipFrames', prob=0.5),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]
test_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames'),
    dict(type='CropFrames', size=140),
    dict(type='ResizeFrames', size=64),
    dict(type='DynamicImageTarget'),
    dict(type='PackMEInputs'),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=False,  # fresh workers each epoch, so a resumed run draws what an uninterrupted one draws
    worker_init_fn=dict(type='me_worker_init_fn'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type, data_root=data_root, protocol=protocol, test_subject=test_subject,
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type, data_root=data_root, protocol=protocol, test_subject=test_subject, test_mode=True,
        pipeline=test_pipeline))
val_dataloader = test_dataloader

test_evaluator = [dict(type='MERMetric'), dict(type='DynamicImageMetric'), dict(type='RankOrderMetric')]
val_evaluator = test_evaluator
