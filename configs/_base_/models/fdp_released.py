# The network of the authors' released FDP code, quirk by quirk (docs/released.md): dense convolutions, no global block,
# and a 3-D convolution over frame maps whose time and space are interleaved, instead of a rank scorer.
model = dict(
    type='MicroExpressionRecognizer',
    # [-1, 1] here; SplitNormalisationHook puts each split's own constants in its place
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='LGFATransformer',
        stem_channels=(64, 32, 64, 64),
        stage_channels=(96, 192, 384, 768),
        num_local=(3, 4, 10, 3),
        num_global=(0, 0, 0, 0),
        drop_path_rate=0.1,
        frame_map='pooled',
        dense_convolution=True),
    neck=dict(
        type='RankPooling', in_channels=1, out_channels=8, mode='conv3d', num_frames=8, interleave=True,
        normalise=False),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=64),
    aux_heads=dict(dynamic_image=dict(type='DynamicImageHead', in_channels=8, loss_weight=100.0)))
