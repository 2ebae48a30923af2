"""A MOL of a few thousand weights for frames of 32 pixels, as configs and batches of noise."""

from __future__ import annotations

from pathlib import Path

import torch
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope
from torch import nn

from fdp_mmaction.registry import MODELS

REPO = Path(__file__).resolve().parents[1]
SIZE, MAPS, CHANNELS, FRAMES = 32, 8, 8, 5
RELEASED = dict(stem_norm=False, kernel_length=11, feed_forward=False, feed_forward_channels=2, graph='positions',
                centre_twice=True, pair_weights=True)
"""The released options of the backbone, by other numbers."""


def tiny_mol(released: bool = False) -> dict:
    """Config of the model, with the options of the paper or of the released code."""
    backbone = dict(type='F5CNet', map_size=MAPS, stem_channels=(4, 6, CHANNELS), stem_kernels=(4, 4, 1),
                    stem_strides=(2, 2, 1), stem_paddings=(1, 1, 0), num_neighbours=3)
    return dict(
        type='MicroExpressionRecognizer',
        data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
        backbone=dict(backbone, **(RELEASED if released else {})),
        cls_head=dict(type='ClipMERHead', num_classes=3, in_channels=CHANNELS, map_size=MAPS,
                      num_maps=2 * (FRAMES - 1) if released else FRAMES, kernel_size=(2, 2, 3), conv_channels=4,
                      pool=1, hidden_channels=8),
        aux_heads=dict(
            flow=dict(type='OpticalFlowHead', feature_channels=CHANNELS, encoder_channels=(4, 6),
                      encoder_kernels=(6, 4), encoder_paddings=(2, 1), max_displacement=4, displacement_step=2,
                      redirect_channels=3, level_channels=((8,), (6, 6), (10,)), decoder_channels=(6, 5, 4, 3),
                      paired_maps=released, loss_weight=10.0),
            landmarks=dict(type='LandmarkHead', in_channels=CHANNELS, map_size=MAPS, conv_channels=4,
                           hidden_channels=8, image_size=SIZE, pixel_output=released, paired_maps=released,
                           loss_weight=2.0)))


def build(released: bool = False, **options) -> nn.Module:
    """The model, batch normalisation with statistics of its own, evaluation mode."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = MODELS.build({**tiny_mol(released), **options})
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
        for name, parameter in module.named_parameters(recurse=False):
            if name in ('position', 'bias'):
                nn.init.normal_(parameter, std=0.3)
    return model.eval()


def sample(index: int, num_clips: int = 1, **fields: torch.Tensor) -> ActionDataSample:
    """One ME with label, flow and landmarks in pixels."""
    clips = (num_clips,) if num_clips > 1 else ()
    made = ActionDataSample(metainfo=dict(sample_id=f's{index}')).set_gt_label(index % 3)
    landmarks = SIZE * torch.rand(num_clips * FRAMES, 68, 2)            # as the pipeline packs them
    landmarks[:, 42:48] += SIZE                                         # two eyes
    targets = dict(gt_flow=torch.randn(*clips, FRAMES - 1, 2, SIZE, SIZE), gt_landmarks=landmarks)
    for name, value in {**targets, **fields}.items():
        made.set_field(value, name)
    return made


def batch(size: int = 2, num_clips: int = 1) -> dict:
    """What a data loader gives."""
    return dict(inputs=[torch.randint(0, 256, (num_clips, 1, FRAMES, SIZE, SIZE), dtype=torch.uint8)
                        for _ in range(size)],
                data_samples=[sample(index, num_clips) for index in range(size)])


# --------------------------------------------------------------------------- runs on a rendered prepared folder
TEMPLATE = """
_base_ = [{runtime!r}]
pipeline = [dict(type='SampleMEFrames', clip_len={frames}), dict(type='LoadPackedFrames', with_landmarks=True),
            dict(type='FlowTarget', method='exact'), dict(type='ResizeFrames', size={size}), dict(type='PackMEInputs')]
drawn = [dict(type='CropFrames', size=140, random=True), dict(type='FlipFrames', prob=0.5)]
model = {model!r}
part = dict(type='SyntheticMEDataset', data_root={data!r}, protocol='3-class',
            test_subject='{{{{$ME_TEST_SUBJECT:sub01}}}}')
train_dataloader = dict(batch_size=2, num_workers=0, worker_init_fn=dict(type='me_worker_init_fn'),
                        sampler=dict(type='DefaultSampler', shuffle=True),
                        dataset=dict(part, pipeline=[*pipeline[:3], *drawn, *pipeline[3:]]))
test_dataloader = dict(batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
                       dataset=dict(part, pipeline=pipeline, test_mode=True))
val_dataloader = test_dataloader
val_evaluator = test_evaluator = [dict(type='MERMetric'), dict(type='OpticalFlowMetric'), dict(type='LandmarkMetric')]
train_cfg = dict(by_epoch=True, max_epochs={epochs})
val_cfg = test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3))
default_hooks = dict(logger=dict(interval=1))
visualizer = dict(type='ActionVisualizer', vis_backends=[dict(type='LocalVisBackend')])
{more}
"""


def write_mol_config(path: Path, data: Path, epochs: int = 2, more: str = '', **options) -> Path:
    """Write a config of the tiny model with the project's runtime, for clips that the generator rendered."""
    path.write_text(TEMPLATE.format(runtime=str(REPO / 'configs/_base_/default_runtime.py'), frames=FRAMES, size=SIZE,
                                    model={**tiny_mol(), **options}, data=str(data), epochs=epochs, more=more))
    return path
