# The embedded synthetic dataset for MOL, 5 classes: the 8 frames that the small FDP sees, of 64 pixels, with landmarks
# and flow. Its motion is known exactly (needs a folder prepared from the generator or its images): the model learns the
# exact flow, and is measured by that and by TV-L1, as TV-L1 itself is.
exact_flow = dict(type='FlowTarget', method='exact')
train_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames', with_landmarks=True),
    exact_flow,  # FlowTarget() without more is TV-L1, as on real faces; then prepare with --flow
    dict(type='CropFrames', size=140, random=True),
    dict(type='FlipFrames', prob=0.5),
    dict(type='ResizeFrames', size=64),
    dict(type='PackMEInputs'),
]
test_pipeline = [
    dict(type='SampleMEFrames', clip_len=8),
    dict(type='LoadPackedFrames', with_landmarks=True),
    dict(type='FlowTarget', method='tvl1'),
    dict(exact_flow, field='gt_exact_flow'),
    dict(type='CropFrames', size=140),
    dict(type='ResizeFrames', size=64),
    dict(type='PackMEInputs'),
]

me_dataset = dict(
    type='SyntheticMEDataset',
    data_root='{{$ME_SYNTHETIC_ROOT:data/synthetic}}',
    protocol='5-class',
    test_subject='{{$ME_TEST_SUBJECT:sub01}}')
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=False,  # fresh workers each epoch, so a resumed run draws what an uninterrupted one draws
    worker_init_fn=dict(type='me_worker_init_fn'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(me_dataset, pipeline=train_pipeline))
test_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(me_dataset, pipeline=test_pipeline, test_mode=True))
val_dataloader = test_dataloader

test_evaluator = [
    dict(type='MERMetric'),
    dict(type='OpticalFlowMetric', target='gt_exact_flow', prefix='flow_exact'),
    dict(type='OpticalFlowMetric', prefix='flow_tvl1'),
    dict(type='OpticalFlowMetric', predicted='gt_flow', target='gt_exact_flow', prefix='tvl1_exact'),
    dict(type='LandmarkMetric'),
]
val_evaluator = test_evaluator
