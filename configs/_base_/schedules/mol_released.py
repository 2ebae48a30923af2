# Training as the authors' released MOL code does it (docs/mol.md): a fixed number of AdamW steps without schedule or
# gradient clipping. What it changes of data and runtime stands here too, for the leaves.
# One epoch of the released code holds every temporal offset of an ME in five crops, at 200 frames per second some 40
# clips; ours holds each ME once. So validation, which follows its epochs, comes every 40 of ours.
train_cfg = dict(  # the released code stops one step after its 1000
    type='StepLimitedTrainLoop', max_iters=1001, val_begin=40, val_interval=40)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-3))
param_scheduler = []
auto_scale_lr = dict(enable=False, base_batch_size=32)

released_protocol = dict(
    protocol='5-class-released',  # class order of the released checkpoints
    min_frames=8)  # shorter MEs are skipped
released_sampling = dict(type='SampleMEFrames', clip_len=8, mode='stride')  # frames i * (n // 8) + offset
released_targets = [dict(type='LoadPackedFrames', with_landmarks=True), dict(type='FlowTarget', method='tvl1')]
released_train = dict(
    released_protocol,
    pipeline=[
        dict(released_sampling, random_offset=True),
        *released_targets,
        dict(type='CropFrames', size=128, random=True),
        dict(type='PackMEInputs'),
    ])
released_test = dict(
    released_protocol,
    pipeline=[
        dict(released_sampling, num_clips='all'),  # the scores of all offsets are averaged
        *released_targets,
        dict(type='CropFrames', size=128),
        dict(type='PackMEInputs'),
    ])
released_hooks = dict(
    # OPTIMISTIC: keeps the epoch with the best accuracy on the left-out subject. The last one is kept as well: test it.
    checkpoint=dict(interval=25, save_best='me/ACC', rule='greater'),  # epochs; with its optimiser, half a gigabyte
    split_normalisation=dict(type='SplitNormalisationHook'),  # each part by its own mean and maximum
    stay_in_eval=dict(type='EvalAfterFirstValidationHook'))
