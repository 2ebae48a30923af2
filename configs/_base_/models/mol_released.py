# The network of the authors' released MOL code, quirk by quirk (docs/mol.md): a stem without activations, kernels of
# twice the map's side, a feed-forward network that is never run, a graph over positions whose edges lose their centre
# twice, and weights of their own for a frame as the first and as the second of a pair: 14 maps of 8 frames.
model = dict(
    type='MicroExpressionRecognizer',
    # [-1, 1] here; SplitNormalisationHook puts each split's own constants in its place
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(
        type='F5CNet',
        map_size=16,
        stem_norm=False,
        kernel_length=32,
        feed_forward=False,
        feed_forward_channels=2,
        num_neighbours=4,
        graph='positions',
        centre_twice=True,
        pair_weights=True),
    cls_head=dict(type='ClipMERHead', num_classes=5, in_channels=128, map_size=16, num_maps=14, dropout=0.5),
    aux_heads=dict(
        flow=dict(type='OpticalFlowHead', feature_channels=128, paired_maps=True, loss_weight=10 / 7),
        # 0.5 for each of 7 frames, the default of the released code; its README trains with 0.1, which is 0.7 here
        landmarks=dict(
            type='LandmarkHead', in_channels=128, map_size=16, pixel_output=True, paired_maps=True, loss_weight=3.5)))
