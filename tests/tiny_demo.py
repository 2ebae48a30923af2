"""What the tests of the page need: trained models of random weights, videos of noise, and a made-up prediction."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from tiny_mol import FRAMES, SIZE, tiny_mol

from fdp_mmaction.apis.prediction import ClipPrediction, VideoPrediction
from fdp_mmaction.registry import MODELS

CLASSES = ('happiness', 'disgust', 'repression', 'surprise', 'others')
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
"""A config as training leaves it beside its checkpoints."""
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


def write_video(path: Path, frames: int = 30, fps: float = 30, size: tuple[int, int] = (48, 64)) -> Path:
    """A video of noise."""
    rng = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), fps, size[::-1])
    assert writer.isOpened()
    for _ in range(frames):
        writer.write(rng.integers(0, 256, (*size, 3), dtype=np.uint8))
    writer.release()
    return path


def prediction(windows: int = 5, timed: bool = True, ranked: bool = True) -> VideoPrediction:
    """Windows of 8 frames, 2 apart, whose strongest is the fourth."""
    rng = np.random.default_rng(1)
    frames = 2 * windows + 8
    scores = np.full((windows, 5), 0.1, np.float32)
    scores[:, 1] = 0.6
    if windows > 3:
        scores[3] = (0.05, 0.05, 0.05, 0.8, 0.05)
    clips = tuple(ClipPrediction(
        2 * index, 2 * index + 7, 2 * index + np.array([0, 2, 5, 7]), int(score.argmax()), CLASSES[score.argmax()],
        score, rank_scores=rng.uniform(0, 1, 4).astype(np.float32) if ranked else None)
        for index, score in enumerate(scores))
    return VideoPrediction('clip.mp4', CLASSES, clips, num_frames=frames, fps=10.0 if timed else None,
                           landmark_source='none', windows=True, frame_ids=np.arange(frames),
                           times=np.arange(frames) / 10 if timed else None,
                           aligned=rng.integers(0, 256, (frames, 24, 24), dtype=np.uint8))
