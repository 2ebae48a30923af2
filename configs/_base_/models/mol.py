# MOL (arXiv 2506.14511): F5C block per frame -> class, optical flow between neighbouring frames, 68 landmarks.
# Frames of 128 pixels; targets gt_flow and gt_landmarks. Predictions cost what they cost:
# test_cfg=dict(aux_heads=[]) leaves flow and landmarks out, test_cfg=dict(aux_heads=['landmarks']) the flow.
model = dict(
    type='MicroExpressionRecognizer',
    channels_last=True,
    data_preprocessor=dict(type='MEDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(type='F5CNet', map_size=16),
    cls_head=dict(type='ClipMERHead', num_classes=5, in_channels=128, map_size=16, num_maps=8, dropout=0.5),
    aux_heads=dict(
        flow=dict(type='OpticalFlowHead', feature_channels=128, loss_weight=10 / 7),
        landmarks=dict(type='LandmarkHead', in_channels=128, map_size=16, image_size=128, loss_weight=3.5)))
