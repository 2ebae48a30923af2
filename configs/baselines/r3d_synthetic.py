# Baseline: MMAction2's 3D ResNet-18 (narrow) on the same raw frames, trained as long as the small FDP.
_base_ = ['../_base_/datasets/synthetic.py', '../_base_/schedules/small.py', '../_base_/default_runtime.py']

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='ResNet3d', depth=18, pretrained=None, in_channels=1, base_channels=16, conv1_kernel=(3, 7, 7),
        conv1_stride_t=1, pool1_stride_t=1, inflate=(1, 1, 1, 1), norm_eval=False),
    cls_head=dict(
        type='I3DHead', num_classes=5, in_channels=128, spatial_type='avg', dropout_ratio=0.5, topk=(1, ),
        average_clips='prob'))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
test_evaluator = [dict(type='MERMetric')]
val_evaluator = test_evaluator
