# A small MOL of the same parts for CPUs and the embedded data: frames of 64 pixels, maps at a quarter of that. Motion
# between sampled frames is some hundredths of a pixel, so flow is learned in such units; and, beyond the paper, each
# frame comes with its difference to the onset.
model = dict(
    type='MicroExpressionRecognizer',
    channels_last=True,
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='F5CNet',
        map_size=16,
        onset_difference=5.0,
        stem_channels=(16, 32, 32),
        stem_kernels=(4, 4, 1),
        stem_strides=(2, 2, 1),
        stem_paddings=(1, 1, 0)),
    cls_head=dict(
        type='ClipMERHead', num_classes=5, in_channels=32, map_size=16, num_maps=8, conv_channels=16, dropout=0.2),
    aux_heads=dict(
        flow=dict(
            type='OpticalFlowHead',
            feature_channels=32,
            encoder_channels=(16, 32),
            encoder_kernels=(6, 4),
            encoder_paddings=(2, 1),
            max_displacement=3,
            displacement_step=1,
            redirect_channels=16,
            level_channels=((32, ), (64, ), (64, )),
            decoder_channels=(32, 32, 16, 8),
            flow_unit=0.05,
            loss_weight=0.5),
        landmarks=dict(
            type='LandmarkHead', in_channels=32, map_size=16, conv_channels=8, hidden_channels=64, image_size=64,
            loss_weight=0.5)))
