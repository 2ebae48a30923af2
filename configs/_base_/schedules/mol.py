# The published training length: 1000 steps of 32 clips, AdamW without a schedule.
train_cfg = dict(type='StepLimitedTrainLoop', max_iters=1000, val_begin=25, val_interval=25)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-3),
    clip_grad=dict(max_norm=10.0))
param_scheduler = []
auto_scale_lr = dict(enable=False, base_batch_size=32)
