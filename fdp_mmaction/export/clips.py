"""Clips to check an exported model on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.registry import DefaultScope

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS
from fdp_mmaction.visualization.clip_sources import read_prepared_record

_ON_FRAMES = ('SampleMEFrames', 'LoadPackedFrames', 'CropFrames', 'ResizeFrames')


def random_clips(number: int, clip_shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """Clips of noise: a pattern for each clip, and a little more noise for each frame.

    Args:
        number (int): Clips N.
        clip_shape (tuple[int, int, int]): ``(T, H, W)``.
        seed (int): Defaults to 0.

    Returns:
        np.ndarray: ``(N, T, H, W)`` uint8.
    """
    rng = np.random.default_rng(seed)
    pattern = rng.integers(0, 256, (number, 1, *clip_shape[1:]))
    return np.clip(pattern + rng.integers(-8, 9, (number, *clip_shape)), 0, 255).astype(np.uint8)


def prepared_clips(data_root: str | Path, pipeline: Sequence[Mapping[str, Any]], number: int) -> tuple[np.ndarray, int]:
    """Clips of a prepared folder, as a model's test pipeline samples, crops and resizes their frames.

    Args:
        data_root (str | Path): The folder.
        pipeline (Sequence[Mapping]): Of the config; what makes targets is left out.
        number (int): MEs, evenly spread over the folder. Of each, the first clip is taken.

    Returns:
        tuple[np.ndarray, int]: ``(N, T, H, W)`` uint8, and how many MEs were passed over since they are too short for
        the pipeline.

    Raises:
        DatasetError: If the folder is not a prepared one, or none of the MEs can be used.
    """
    read_prepared_record(data_root)                     # says what is wrong with the folder
    data_list = json.loads(Path(data_root, 'annotations.json').read_text(encoding='utf-8'))['data_list']
    with DefaultScope.overwrite_default_scope('mmaction'):
        steps = [TRANSFORMS.build(dict(step, **({'with_landmarks': False} if kind == 'LoadPackedFrames' else {})))
                 for step in pipeline for kind in [str(step['type']).rpartition('.')[2]] if kind in _ON_FRAMES]
    found, reasons = [], []
    for index in np.unique(np.linspace(0, len(data_list) - 1, min(number, len(data_list))).round().astype(int)):
        results = dict(read_prepared_record(data_root, data_list[index]['sample_id']), label=0)
        try:
            for step in steps:
                results = step(results)
        except DatasetError as error:
            reasons.append(str(error))
            continue
        found.append(results['imgs'][:results['clip_len']])
    if not found:
        raise DatasetError(f'None of {len(reasons)} MEs of {data_root} can be used; the first: {reasons[0]}')
    return np.stack(found), len(reasons)
