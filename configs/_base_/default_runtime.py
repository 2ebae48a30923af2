default_scope = 'mmaction'
custom_imports = dict(imports=['fdp_mmaction'], allow_failed_imports=False)

default_hooks = dict(
    runtime_info=dict(type='DeferredRuntimeInfoHook'),      # losses wait on the GPU until a line is written
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10, ignore_last=False),      # iterations between two lines
    param_scheduler=dict(type='ParamSchedulerHook'),
    # No save_best: choosing the checkpoint on the test subject would be optimistic. The last one counts.
    checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=3),      # epochs, files
    sampler_seed=dict(type='DistSamplerSeedHook'),
    sync_buffers=dict(type='SyncBuffersHook'))
custom_hooks = [
    dict(type='SplitGuardHook'),      # no subject is trained and tested on
    dict(type='TrainedSubjectsHook'),      # nor later: checkpoints know whom they have seen
    dict(type='EpochSeedHook'),      # a resumed run repeats the uninterrupted one
    dict(type='SafeCheckpointHook'),      # files load with torch.load(weights_only=True)
    dict(type='CheckpointMatchHook'),      # a checkpoint of another model is refused
    dict(type='KeepFreedMemoryHook'),      # on a CPU: buffers are not taken from the kernel anew in every step
    dict(type='ReportHook'),      # metrics, predictions and figures in <work_dir>/report
]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))      # gloo is used instead where there is no GPU
# One seed for all processes, so that one and several see the same order of clips; EpochSeedHook lets their augmentation differ.
randomness = dict(seed=0, deterministic=False, diff_rank_seed=False)

log_processor = dict(type='LogProcessor', window_size=20, by_epoch=True)      # window in iterations
# TensorBoard as well: --cfg-options visualizer.vis_backends="[dict(type='LocalVisBackend'),dict(type='TensorboardVisBackend')]"
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='ActionVisualizer', vis_backends=vis_backends)

log_level = 'INFO'
load_from = None
resume = False
