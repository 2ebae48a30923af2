# FDP (arXiv 2509.06015): LGFA transformer per frame -> rank scorer and pooling over time -> class and dynamic image.
model = dict(
    type='MicroExpressionRecognizer',
    channels_last=True,
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='LGFATransformer',
        stage_channels=(96, 192, 384, 768),
        num_local=(3, 4, 10, 3),
        num_global=(1, 1, 1, 1),
        global_channels=(128, 256, 512, 1024),
        drop_path_rate=0.1),
    neck=dict(type='RankPooling', in_channels=1, out_channels=8, mode='learned', loss_weight=0.1),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=64),
    aux_heads=dict(dynamic_image=dict(type='DynamicImageHead', in_channels=8, loss_weight=100.0)))
