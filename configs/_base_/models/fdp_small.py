# A small FDP of the same parts, which two CPU cores train in minutes.
model = dict(
    type='MicroExpressionRecognizer',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='LGFATransformer',
        stem_channels=(16, 16, 32),
        stage_channels=(32, 64),
        num_local=(2, 2),
        num_global=(0, 1),
        global_channels=(32, 128),
        attention_pool=(2, 1),
        drop_path_rate=0.0,
        frame_map='spatial'),
    neck=dict(type='RankPooling', in_channels=1, out_channels=8, mode='learned', loss_weight=0.1),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=64),
    aux_heads=dict(dynamic_image=dict(
        type='DynamicImageHead', in_channels=8, channels=(16, 32, 64), depths=(1, 1, 1), loss_weight=100.0)))
