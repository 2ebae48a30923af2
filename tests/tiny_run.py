"""Work directories as training leaves them, with random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from tiny_mol import FRAMES, SIZE, tiny_mol

from fdp_mmaction.registry import MODELS

FDP = """
default_scope = 'mmaction'
custom_imports = dict(imports=['fdp_mmaction'], allow_failed_imports=False)
model = dict(
    type='MicroExpressionRecognizer',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[127.5], std=[127.5], format_shape='NCTHW'),
    backbone=dict(type='LGFATransformer', stem_channels=(4, 8), stage_channels=(8, ), num_local=(1, ), num_global=(0, ),
                  global_channels=(8, ), head_channels=8, attention_pool=(4, ), drop_path_rate=0.0,
                  frame_map='spatial'),
    neck=dict(type='RankPooling', mode='learned'),
    cls_head=dict(type='MERHead', num_classes=5, in_channels=1, map_size=16),
    aux_heads=dict(dynamic_image=dict(type='DynamicImageHead', in_channels=1, channels=(4, ), depths=(1, ))))
test_dataloader = dict(dataset=dict(type='SyntheticMEDataset', pipeline=[
    dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames'), dict(type='ResizeFrames', size=16),
    dict(type='DynamicImageTarget'), dict(type='PackMEInputs')]))
"""
MOL = f"""
default_scope = 'mmaction'
custom_imports = dict(imports=['fdp_mmaction'], allow_failed_imports=False)
model = {tiny_mol()!r}
test_dataloader = dict(dataset=dict(type='SyntheticMEDataset', protocol='3-class', pipeline=[
    dict(type='SampleMEFrames', clip_len={FRAMES}), dict(type='LoadPackedFrames', with_landmarks=True),
    dict(type='ResizeFrames', size={SIZE}), dict(type='PackMEInputs')]))
"""


def write_trained(folder: Path, config: str = FDP) -> Path:
    """Write a work directory with a config and a checkpoint of random weights; gives the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'tiny.py'
    path.write_text(config)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(Config.fromfile(path).model)
    torch.save(dict(state_dict=model.state_dict(), meta={}), folder / 'epoch_2.pth')
    return folder / 'epoch_2.pth'
