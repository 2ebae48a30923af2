"""A batch as a config's own pipeline makes it, without its dataset.

What a step costs depends on shapes, not on faces: so the pipeline is always given the same artificial MEs, on every
machine, whether the config's dataset is there or not. All targets come out as in training. Only the method of optical
flow is replaced by a fast one, since TV-L1 takes tenths of a second a pair and its values change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from mmengine.dataset import Compose, pseudo_collate

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.mean_shape import centred_face
from fdp_mmaction.registry import TRANSFORMS

ME_FRAMES, IMAGE_SIZE, DIFFERENT = 64, 144, 8
"""Frames of an ME, about as many as the mean of CASME II; side of aligned frames; MEs of a batch that differ."""


def write_example(folder: Path, num_frames: int = ME_FRAMES, size: int = IMAGE_SIZE) -> dict[str, Any]:
    """Write frames and landmarks of one artificial ME: a smooth pattern that moves by a pixel.

    Args:
        folder (Path): Where.
        num_frames (int): Frames F. Defaults to 64.
        size (int): Side of a frame in pixels. Defaults to 144.

    Returns:
        dict: The record that datasets hand to their pipelines.
    """
    rng = np.random.default_rng(0)
    pattern = cv2.resize(rng.uniform(0, 255, (size // 8, size // 8)).astype(np.float32), (size, size),
                         interpolation=cv2.INTER_CUBIC)
    shifts = np.sin(np.linspace(0, np.pi, num_frames))
    frames = [cv2.warpAffine(pattern, np.float32([[1, 0, shift], [0, 1, shift]]), (size, size),
                             borderMode=cv2.BORDER_REPLICATE) + rng.normal(0, 2, (size, size)) for shift in shifts]
    points = centred_face(size, size) + shifts[:, None, None]
    np.save(folder / 'frames.npy', np.clip(frames, 0, 255).astype(np.uint8))
    np.save(folder / 'landmarks.npy', points.astype(np.float32))
    return dict(dataset='benchmark', subject='sub01', clip='EP01', emotion='others', label=0, onset=1,
                apex=num_frames // 2 + 1, offset=num_frames, apex_source='sheet', num_frames=num_frames,
                frame_ids=list(range(1, num_frames + 1)), action_units=[], objective_class=None,
                frames_path=str(folder / 'frames.npy'), landmarks_path=str(folder / 'landmarks.npy'))


def example_batch(pipeline: Sequence[Mapping[str, Any]], batch_size: int, num_frames: int = ME_FRAMES) -> dict:
    """A batch as a data loader gives it.

    Args:
        pipeline (Sequence[Mapping]): Of the config, from the record of a prepared folder to packed inputs.
        batch_size (int): MEs N.
        num_frames (int): Frames of an ME; matters where a pipeline makes more clips of longer MEs. Defaults to 64.

    Returns:
        dict: ``inputs``, N tensors, and ``data_samples`` with targets; :data:`DIFFERENT` MEs are repeated.

    Raises:
        DatasetError: If the frames do not suit the pipeline.
        UsageError: If the pipeline needs what a prepared folder does not hold.
    """
    with TemporaryDirectory(prefix='benchmark-') as folder:
        record = write_example(Path(folder), num_frames)
        transforms = Compose([TRANSFORMS.build(step) for step in cheap_targets(pipeline)])
        try:
            items = [transforms(dict(record, sample_id=f'benchmark/sub01/EP{index:02d}', sample_idx=index))
                     for index in range(min(batch_size, DIFFERENT))]
        except DatasetError:
            raise
        except (KeyError, AttributeError, TypeError, IndexError, OSError) as error:
            raise UsageError(f'The pipeline asks for what the clips of a prepared folder do not have ({error!r}): only '
                             'configs that read such folders can be measured.') from error
    return pseudo_collate([items[index % len(items)] for index in range(batch_size)])


def cheap_targets(pipeline: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pipeline with optical flow that takes a millisecond, and is kept nowhere."""
    return [dict(step, method='dis', cache=False) if str(step['type']).rpartition('.')[2] == 'FlowTarget'
            else dict(step) for step in pipeline]
