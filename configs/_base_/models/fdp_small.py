# A small FDP of the same parts, which two CPU cores train in minutes: one stage at a quarter of the resolution, whose
# positions draw their own tiles of the frame's map.
model = dict(
    type='MicroExpressionRecognizer',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='LGFATransformer',
        stem_channels=(16, 32),
        stage_channels=(32, ),
        num_local=(1, ),
        num_global=(1, ),
        global_channels=(32, ),
        head_channels=8,
        attention_pool=(4, ),
        drop_path_rate=0.0,
        frame_map='spatial'),
    neck=dict(type='RankPooling', in_channels=1, out_channels=8, mode='learned', loss_weight=0.1),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=64),
    aux_heads=dict(dynamic_image=dict(
        type='DynamicImageHead', in_channels=8, channels=(16, 32, 64), depths=(1, 1, 1), loss_weight=100.0)))
