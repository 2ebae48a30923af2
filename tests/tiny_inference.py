"""Tiny trained-looking checkpoints with their configs, and videos of a rendered face, for inference."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import tiny_fdp
import tiny_mol
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_clip
from fdp_mmaction.engine.hooks.split_normalisation_hook import split_constants
from fdp_mmaction.registry import DATASETS, MODELS

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
HEIGHT, WIDTH, FPS = 240, 320, 60


@lru_cache(maxsize=1)
def face() -> tuple[np.ndarray, np.ndarray]:
    """Frames ``(F, 240, 320, 3)`` RGB of a rendered ME, and its landmarks ``(F, 68, 2)``."""
    clip = render_clip(plan_clips(SyntheticConfig(1, 1, preset='easy', fps=FPS))[0], HEIGHT, WIDTH)
    return np.ascontiguousarray(clip.frames[..., ::-1]), clip.landmarks


def write_images(folder: Path, frames: np.ndarray, first: int = 1) -> Path:
    """Write RGB or grey frames as lossless images."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames, first):
        cv2.imwrite(str(folder / f'img{number}.png'), frame[..., ::-1] if frame.ndim == 3 else frame)
    return folder


def write_video(path: Path, frames: np.ndarray, code: str = 'MJPG', fps: float = FPS) -> Path:
    """Write RGB or grey frames as a video."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), fps, frames.shape[2:0:-1])
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) if frame.ndim == 2 else frame[..., ::-1])
    writer.release()
    return path


def write_landmarks(path: Path, landmarks: np.ndarray, first: int = 0) -> Path:
    """Write a landmark file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, landmarks=landmarks, frame_ids=np.arange(first, first + len(landmarks)))
    return path


def write_trained(folder: Path, kind: str = 'fdp') -> Path:
    """Write a tiny model with the config beside it, as training leaves them; weights are random.

    Args:
        folder: Where to.
        kind: ``'fdp'``, ``'released'``, ``'mol'`` (all temporal offsets), ``'r3d'``, ``'dynamic_image'`` or
            ``'single_frame'``.

    Returns:
        The checkpoint.
    """
    init_default_scope('mmaction')
    base = {'fdp': 'fdp_synthetic', 'released': 'fdp_released_casme2', 'mol': 'mol_synthetic_3cls'}.get(
        kind, f'baselines/{kind}_synthetic')
    cfg = Config.fromfile(CONFIGS / f'{base}.py')
    steps = [dict(step, size=32) if step.type == 'ResizeFrames' else step
             for step in cfg.test_dataloader.dataset.pipeline]
    if kind == 'mol':
        steps[0] = dict(steps[0], clip_len=tiny_mol.FRAMES, mode='stride', num_clips='all', allow_short=True)
        cfg.model = tiny_mol.tiny_mol()
    elif kind == 'fdp':
        cfg.model = tiny_fdp.tiny_fdp('fdp_small')
    elif kind == 'released':            # also normalises each part of the data by itself
        cfg.model = tiny_fdp.tiny_fdp('fdp_released')
        cfg.test_dataloader.dataset.update(type='SyntheticMEDataset', protocol='5-class', min_frames=0)
    elif kind == 'r3d':
        cfg.model.backbone.base_channels, cfg.model.cls_head.in_channels = 2, 16
    else:
        cfg.model.backbone.update(tiny_fdp.WIDTHS['fdp_small'])
        cfg.model.cls_head.update(map_size=32, hidden_channels=16)
    cfg.test_dataloader.dataset.pipeline = steps
    torch.manual_seed(0)
    model = tiny_fdp.settle(MODELS.build(cfg.model))
    folder.mkdir(parents=True, exist_ok=True)
    cfg.dump(folder / 'config.py')
    torch.save(dict(state_dict=model.state_dict(), meta={}), folder / 'epoch_1.pth')
    return folder / 'epoch_1.pth'


def predict_prepared(checkpoint: Path, data_root: Path, subject: str) -> list[dict]:
    """What the config's own dataset, test pipeline and model say of a prepared folder's MEs, one after the other."""
    init_default_scope('mmaction')
    cfg = Config.fromfile(checkpoint.parent / 'config.py')
    dataset = cfg.test_dataloader.dataset
    dataset.update(data_root=str(data_root), test_subject=subject)
    dataset.pipeline = [step for step in dataset.pipeline if step.type != 'FlowTarget']      # nothing is measured
    data = DATASETS.build(dataset)
    model: nn.Module = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
    found = []
    with torch.no_grad():
        for item in data:
            if 'split_normalisation' in cfg.default_hooks:              # as if the ME were the whole part
                mean, scale = split_constants([item])
                model.data_preprocessor.mean.fill_(mean)
                model.data_preprocessor.std.fill_(scale)
            [sample] = model.test_step(dict(inputs=[item['inputs']], data_samples=[item['data_samples']]))
            found.append(dict(sample.items(), frames=item['data_samples'].frame_inds))
    return found


# --------------------------------------------------------------------------- what telephones write into an .mp4
def turn(path: Path) -> Path:
    """Mark a video as to be shown turned clockwise by a quarter."""
    data = bytearray(path.read_bytes())
    upright, turned = (struct.pack('>9i', *matrix, 0x40000000) for matrix in (
        (0x10000, 0, 0, 0, 0x10000, 0, 0, 0), (0, 0x10000, 0, -0x10000, 0, 0, 0, 0)))
    place = data.index(upright, data.index(b'tkhd'))
    data[place:place + len(turned)] = turned
    path.write_bytes(data)
    return path


def retime(path: Path, durations: Sequence[int]) -> Path:
    """Give each frame of a video its own duration, in intervals of the rate that it was written with."""
    data = bytearray(path.read_bytes())
    place = data.index(b'stts') - 4
    size, _, _, count, number, delta = struct.unpack('>I4sIIII', data[place:place + 24])
    assert count == 1 and number == len(durations)
    entries = b''.join(struct.pack('>II', 1, delta * duration) for duration in durations)
    grown = len(entries) - 8
    data[place:place + size] = struct.pack('>I4sII', 16 + len(entries), b'stts', 0, len(durations)) + entries
    for box in (b'moov', b'trak', b'mdia', b'minf', b'stbl'):           # all that hold it; frames lie before them
        start = data.rindex(box, 0, place) - 4
        data[start:start + 4] = struct.pack('>I', struct.unpack('>I', data[start:start + 4])[0] + grown)
    places = {box: data.index(box) for box in (b'mvhd', b'tkhd', b'mdhd')}
    film, track = (struct.unpack('>I', data[places[box] + 16:places[box] + 20])[0] for box in (b'mvhd', b'mdhd'))
    total = delta * sum(durations)                                      # in the clock of the track
    for box, offset, value in ((b'mvhd', 20, total * film // track), (b'tkhd', 24, total * film // track),
                               (b'mdhd', 20, total)):
        data[places[box] + offset:places[box] + offset + 4] = struct.pack('>I', value)
    elst = data.find(b'elst')
    if elst > 0:
        data[elst:elst + 4] = b'free'       # an edit list would cut the end off
    path.write_bytes(data)
    return path
