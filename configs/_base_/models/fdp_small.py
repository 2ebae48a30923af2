# A small FDP of the same parts, which two CPU cores train in minutes: one stage at half the resolution, whose positions
# draw their own tiles of the frame's map. (At a quarter of it, tiles of 4 x 4 pixels turn out flat, and motion is lost.)
# Beyond the paper, each frame comes with its difference to the onset; configs/ablations/frames_alone.py is without.
model = dict(
    type='MicroExpressionRecognizer',
    channels_last=True,
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='LGFATransformer',
        stem_channels=(16, 16),
        stem_strides=(2, 1),
        stage_channels=(16, ),
        num_local=(1, ),
        num_global=(1, ),
        global_channels=(16, ),
        head_channels=4,
        attention_pool=(8, ),
        drop_path_rate=0.0,
        frame_map='spatial',
        onset_difference=5.0),
    neck=dict(type='RankPooling', in_channels=1, out_channels=8, mode='learned', loss_weight=0.1),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=64),
    aux_heads=dict(dynamic_image=dict(
        type='DynamicImageHead', in_channels=8, channels=(16, 32, 64), depths=(1, 1, 1), loss_weight=100.0)))
