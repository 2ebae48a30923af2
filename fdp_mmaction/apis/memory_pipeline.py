"""A config's test pipeline on frames that are in memory already, without the targets that only training and metrics
need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmaction.structures import ActionDataSample

from fdp_mmaction.datasets.transforms import (CropFrames, DynamicImageTarget, FlowTarget, LoadPackedFrames,
                                              PackMEInputs, ResizeFrames, SampleMEFrames)
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS

_TARGETS = (DynamicImageTarget, FlowTarget)
_CHUNK = 256      # frames


class PackedClips(NamedTuple):
    """What enters the data preprocessor, and what it was made of.

    Attributes:
        inputs (torch.Tensor): ``(num_clips, 1, T, H, W)`` uint8.
        data_sample (ActionDataSample): Without a label.
        images (np.ndarray): ``(num_clips * clip_len, H, W)`` uint8 sampled frames behind the geometry.
    """

    inputs: torch.Tensor
    data_sample: ActionDataSample
    images: np.ndarray


class MemoryPipeline:
    """The test pipeline of a config.

    Args:
        steps (Sequence[dict]): ``test_dataloader.dataset.pipeline``.
        name (str): How messages call the config.

    Raises:
        DatasetError: If frames are not sampled and read as those of prepared folders are.
    """

    def __init__(self, steps: Sequence[dict], name: str) -> None:
        built = [step for step in (TRANSFORMS.build(step) for step in steps) if not isinstance(step, _TARGETS)]
        where = [index for index, step in enumerate(built) if isinstance(step, LoadPackedFrames)]
        if len(where) != 1 or not built or not isinstance(built[0], SampleMEFrames) or where != [1]:
            raise DatasetError(f'The test pipeline of {name} does not begin with SampleMEFrames and LoadPackedFrames, '
                               'so it cannot be shown frames of a video: use a config for prepared folders.')
        self._sampler: SampleMEFrames = built[0]
        self._steps = built[2:]
        self.shares_frames = all(
            isinstance(step, (ResizeFrames, PackMEInputs)) or isinstance(step, CropFrames) and not step.random
            for step in self._steps)
        """Whether every frame is changed by itself and alike, whatever clip it is in."""

    @property
    def looks_at_one_frame(self) -> bool:
        """Whether a clip is a single frame."""
        return self._sampler.clip_len == 1

    def sample(self, name: str, num_frames: int, apex: int | None = None) -> np.ndarray:
        """Which frames of an ME are looked at.

        Args:
            name (str): For messages.
            num_frames (int): Frames of the ME.
            apex (int, optional): Position of its maximum. Defaults to None: the middle.

        Returns:
            np.ndarray: ``(num_clips, T)`` int64 positions.

        Raises:
            DatasetError: If the ME is too short.
        """
        results = self._sampler(dict(sample_id=name, num_frames=num_frames, frame_ids=range(num_frames),
                                     apex=num_frames // 2 if apex is None else apex))
        return results['frame_inds'].reshape(-1, results['clip_len'])

    def geometry(self, frames: np.ndarray) -> np.ndarray:
        """Cut and resize frames as the pipeline does; only where :attr:`shares_frames`.

        Args:
            frames (np.ndarray): ``(F, S, S)`` uint8 aligned faces.

        Returns:
            np.ndarray: ``(F, H, W)`` uint8.
        """
        return np.concatenate([self._change(frames[begin:begin + _CHUNK]) for begin in range(0, len(frames), _CHUNK)])

    def _change(self, frames: np.ndarray) -> np.ndarray:
        results: dict[str, Any] = dict(sample_id='video', imgs=frames, img_shape=frames.shape[1:3])
        for step in self._steps:
            results = results if isinstance(step, PackMEInputs) else step(results)
        return results['imgs']

    def pack(self, name: str, frames: np.ndarray, positions: np.ndarray) -> PackedClips:
        """The model's input of one ME.

        Args:
            name (str): Its sample id.
            frames (np.ndarray): ``(num_clips * T, S, S)`` uint8 sampled aligned faces.
            positions (np.ndarray): ``(num_clips, T)`` where they were sampled.

        Returns:
            PackedClips: The clips.
        """
        images = frames
        results: dict[str, Any] = dict(
            sample_id=name, imgs=frames, img_shape=frames.shape[1:3], frame_inds=positions.ravel(), label=0,
            num_clips=len(positions), clip_len=positions.shape[1], num_frames=int(positions.max()) + 1)
        for step in self._steps:
            results = step(results)
            if len(results.get('imgs', ())) == len(frames):
                images = results['imgs']
        sample: ActionDataSample = results['data_samples']
        del sample.gt_label      # nobody knows it
        return PackedClips(results['inputs'], sample, images)
