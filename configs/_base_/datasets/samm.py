# SAMM, 5 classes: 8 grey frames of 64 x 64 pixels, and their dynamic image as a target.
# The left-out subject and the prepared folder come from the environment, so any standard tool can run any fold.
dataset_type = 'SAMMDataset'
data_root = '{{$ME_SAMM_ROOT:data/samm}}'
test_subject = '{{$ME_TEST_SUBJECT:006}}'
protocol = '5-class'

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
    dataset=dict(
        type=dataset_type, data_root=data_root, protocol=protocol, test_subject=test_subject,
        pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=36,
    num_workers=2,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type, data_root=data_root, protocol=protocol, test_subject=test_subject, test_mode=True,
        pipeline=test_pipeline))
val_dataloader = test_dataloader

test_evaluator = [dict(type='MERMetric'), dict(type='DynamicImageMetric'), dict(type='RankOrderMetric')]
val_evaluator = test_evaluator
