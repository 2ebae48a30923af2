# Training as the authors' released FDP code does it (docs/released.md): a fixed number of Adam steps without schedule or
# gradient clipping, validation after every epoch. What it changes of data and runtime stands here too, for the leaves.
train_cfg = dict(type='StepLimitedTrainLoop', max_iters=501)  # steps; the released code stops one after its 500
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4, weight_decay=1e-3))
param_scheduler = []
auto_scale_lr = dict(enable=False, base_batch_size=36)

released_dataset = dict(
    protocol='5-class-released',  # class order of the released checkpoints
    min_frames=8,  # shorter MEs are skipped
    pipeline=[
        dict(type='SampleMEFrames', clip_len=8, mode='stride'),  # frames i * (n // 8)
        dict(type='LoadPackedFrames'),
        dict(type='ResizeFrames', size=64),
        dict(type='DynamicImageTarget', quantise=True),  # uint8, truncated
        dict(type='PackMEInputs'),
    ])
released_hooks = dict(
    # OPTIMISTIC: keeps the epoch with the best accuracy on the left-out subject. The last one is kept as well: test it.
    checkpoint=dict(interval=10, save_best='me/ACC', rule='greater'),  # epochs between files to resume from
    split_normalisation=dict(type='SplitNormalisationHook'),  # each part by its own mean and maximum
    stay_in_eval=dict(type='EvalAfterFirstValidationHook'))
