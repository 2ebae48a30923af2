"""Our modules inside MMAction2's models, and MMAction2's heads on our backbone, by config alone."""

from __future__ import annotations

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import MODELS

NECK = dict(type='RankPooling', out_channels=8)

MODELS_BY_NAME = {
    'SlowOnly with our neck and head': (dict(
        type='Recognizer3D',
        data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
        backbone=dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, in_channels=1, base_channels=8,
                      conv1_kernel=(1, 7, 7), conv1_stride_t=1, pool1_stride_t=1, inflate=(0, 0, 1, 1)),
        neck=dict(NECK, in_channels=64),
        cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=2, pool=1)), 'NCTHW'),
    'TSN with our neck and head': (dict(
        type='Recognizer2D',
        data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCHW'),
        backbone=dict(type='ResNet', depth=18, pretrained=None, in_channels=1, out_indices=(2, 3), norm_eval=False),
        neck=dict(NECK, in_channels=512),
        cls_head=dict(type='MERHead', num_classes=5, in_channels=8, map_size=2, pool=1)), 'NCHW'),
    'our backbone under I3DHead': (dict(
        type='Recognizer3D',
        data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
        backbone=dict(type='LGFATransformer', stem_channels=(8, 16), stage_channels=(16,), num_local=(1,),
                      num_global=(0,), global_channels=(16,), attention_pool=(1,), head_channels=8,
                      frame_map='spatial'),
        cls_head=dict(type='I3DHead', num_classes=5, in_channels=1, topk=(1,), average_clips='prob')), 'NCTHW'),
}


def batch(layout: str) -> dict:
    torch.manual_seed(0)
    shape = (1, 1, 4, 64, 64) if layout == 'NCTHW' else (4, 1, 64, 64)
    return dict(inputs=[torch.randint(0, 256, shape, dtype=torch.uint8) for _ in range(2)],
                data_samples=[ActionDataSample(metainfo=dict(num_segs=4)).set_gt_label(label) for label in (1, 3)])


@pytest.mark.parametrize('name', MODELS_BY_NAME)
def test_trains_and_predicts(name: str) -> None:
    config, layout = MODELS_BY_NAME[name]
    init_default_scope('mmaction')
    model = MODELS.build(config)
    data = model.data_preprocessor(batch(layout), training=True)
    losses = model(**data, mode='loss')
    assert ('loss_rank' in losses) is ('neck' in config)
    total, _ = model.parse_losses(losses)
    total.backward()
    silent = [key for key, parameter in model.named_parameters() if parameter.grad is None]
    assert not silent and torch.isfinite(total)
    model.eval()
    with torch.no_grad():
        predicted = model.test_step(batch(layout))
    assert all(sample.pred_score.shape == (5,) for sample in predicted)
    assert all(float(sample.pred_score.sum()) == pytest.approx(1, abs=1e-4) for sample in predicted)
