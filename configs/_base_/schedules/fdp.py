# The published training length: 500 steps of 36 clips on CASME II, about 73 epochs, Adam without a schedule.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=75, val_begin=5, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4, weight_decay=1e-3),
    clip_grad=dict(max_norm=10.0))
param_scheduler = []
auto_scale_lr = dict(enable=False, base_batch_size=36)
