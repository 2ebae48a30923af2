"""Which frames of an ME enter the network."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS

MODES = ('uniform', 'stride')
ENDS = ('offset', 'apex')


def uniform_positions(num_frames: int, clip_len: int) -> np.ndarray:
    """Evenly spread positions from the first to the last frame; the last alone when one is wanted.

    Args:
        num_frames (int): Frames to choose from, at least 1.
        clip_len (int): Frames wanted. Fewer frames than that are repeated.

    Returns:
        np.ndarray: ``(clip_len,)`` float64 in [0, num_frames - 1].
    """
    return np.linspace(0, num_frames - 1, clip_len) if clip_len > 1 else np.array([num_frames - 1.0])


def stride_indices(num_frames: int, clip_len: int, offset: int = 0) -> np.ndarray:
    """Every ``num_frames // clip_len``-th frame: ``i * (num_frames // clip_len) + offset``.

    The rule of the released FDP and MOL codes; the last frames of a long ME are never seen.

    Args:
        num_frames (int): Frames of the ME, at least ``clip_len``.
        clip_len (int): Frames wanted.
        offset (int): Temporal offset in ``range(num_frames // clip_len)``. Defaults to 0.

    Returns:
        np.ndarray: ``(clip_len,)`` int64.
    """
    return np.arange(clip_len) * (num_frames // clip_len) + offset


@TRANSFORMS.register_module()
class SampleMEFrames(BaseTransform):
    """Choose ``clip_len`` frames of an ME, from its onset to its offset or apex.

    Required keys: ``num_frames``, ``sample_id``, and for ``end='apex'`` ``apex`` and ``frame_ids``. Added keys:
    ``frame_inds`` ``(num_clips * clip_len,)``, ``clip_len``, ``num_clips``.

    Args:
        clip_len (int): Frames T of a clip. Defaults to 8.
        num_clips (int): Clips of one ME; they differ by their temporal offset. Defaults to 1.
        mode (str): ``'uniform'``: evenly spread, onset and offset included; ``'stride'``: the released
            codes' rule. Defaults to ``'uniform'``.
        jitter (float): ``'uniform'`` only: each inner position moves at random by at most this share of half
            the spacing, so order is kept; for training. In [0, 1]. Defaults to 0.
        end (str): Last frame to choose from: ``'offset'``, or ``'apex'`` (then ``clip_len=1`` is the apex
            alone). Defaults to ``'offset'``, which needs no key frame.
        allow_short (bool): Accept MEs of fewer than ``clip_len`` frames, repeating frames. Defaults to True;
            always False for ``'stride'``.

    Raises:
        DatasetError: If an ME is too short.
        ValueError: If ``mode`` or ``end`` is unknown.
    """

    def __init__(self, clip_len: int = 8, num_clips: int = 1, mode: str = 'uniform', jitter: float = 0.0,
                 end: str = 'offset', allow_short: bool = True) -> None:
        if mode not in MODES:
            raise ValueError(f'SampleMEFrames knows the modes {", ".join(MODES)}; got {mode!r}.')
        if end not in ENDS:
            raise ValueError(f'SampleMEFrames ends at {" or ".join(ENDS)}; got {end!r}.')
        self.clip_len = clip_len
        self.num_clips = num_clips
        self.mode = mode
        self.jitter = jitter
        self.end = end
        self.allow_short = allow_short and mode == 'uniform'

    def transform(self, results: dict) -> dict:
        """Add ``frame_inds``."""
        num_frames = results['num_frames']
        if self.end == 'apex' and num_frames:
            num_frames = int(np.searchsorted(results['frame_ids'][:num_frames - 1], results['apex'])) + 1
        if num_frames < 1 or (num_frames < self.clip_len and not self.allow_short):
            raise DatasetError(
                f'{results["sample_id"]} has {num_frames} frames, fewer than the clip of {self.clip_len}: sample '
                "with mode='uniform' and allow_short=True, take a smaller clip_len, or leave the ME out.")
        if self.mode == 'stride':
            step = num_frames // self.clip_len
            offsets = np.arange(self.num_clips) % step
            indices = np.concatenate([stride_indices(num_frames, self.clip_len, o) for o in offsets])
        else:
            indices = np.concatenate([self._uniform(num_frames, clip) for clip in range(self.num_clips)])
        return dict(results, frame_inds=indices, clip_len=self.clip_len, num_clips=self.num_clips)

    def _uniform(self, num_frames: int, clip: int) -> np.ndarray:
        positions = uniform_positions(num_frames, self.clip_len)
        spacing = (num_frames - 1) / max(self.clip_len - 1, 1)
        if self.num_clips > 1:
            positions = positions + spacing * ((clip + 0.5) / self.num_clips - 0.5)
        if self.jitter:
            shift = np.random.uniform(-0.5, 0.5, self.clip_len) * self.jitter * spacing
            shift[[0, -1]] = 0
            positions = positions + shift
        return np.clip(np.rint(positions), 0, num_frames - 1).astype(np.int64)
