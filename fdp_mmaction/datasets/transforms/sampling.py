"""Which frames of an ME enter the network."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS

MODES = ('uniform', 'stride')
ENDS = ('offset', 'apex')
ALL = 'all'
"""As a number of clips: one for every temporal offset."""


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


def stride_offsets(num_frames: int, clip_len: int) -> int:
    """How many temporal offsets :func:`stride_indices` has: how many clips, without a common frame, an ME gives.

    Args:
        num_frames (int): Frames of the ME, at least 1.
        clip_len (int): Frames wanted.

    Returns:
        int: ``num_frames // clip_len``, at least 1.
    """
    return max(num_frames // clip_len, 1)


@TRANSFORMS.register_module()
class SampleMEFrames(BaseTransform):
    """Choose ``clip_len`` frames of an ME, from its onset to its offset or apex.

    Required keys: ``num_frames``, ``sample_id``, and for ``end='apex'`` ``apex`` and ``frame_ids``. Added keys:
    ``frame_inds`` ``(num_clips * clip_len,)``, ``clip_len``, ``num_clips``.

    Args:
        clip_len (int): Frames T of a clip. Defaults to 8.
        num_clips (int | str): Clips of one ME; they differ by their temporal offset. ``'all'``, with ``'stride'``
            only: one for every offset, as the released MOL code; their number depends on the ME, so a batch holds one
            ME. Defaults to 1.
        mode (str): ``'uniform'``: evenly spread, onset and offset included; ``'stride'``: the released
            codes' rule. Defaults to ``'uniform'``.
        random_offset (bool): ``'stride'`` only: draw the offsets at random instead of the first ones; for training.
            Defaults to False.
        jitter (float): ``'uniform'`` only: each inner position moves at random by at most this share of half
            the spacing, so order is kept; for training. In [0, 1]. Defaults to 0.
        end (str): Last frame to choose from: ``'offset'``, or ``'apex'`` (then ``clip_len=1`` is the apex
            alone). Defaults to ``'offset'``, which needs no key frame.
        allow_short (bool, optional): Accept MEs of fewer than ``clip_len`` frames, evenly spread and repeating frames.
            Defaults to None: with ``'uniform'`` only; the released codes skip them.

    Raises:
        DatasetError: If an ME is too short.
        ValueError: If ``mode`` or ``end`` is unknown, or an option does not go with the mode.
    """

    def __init__(self, clip_len: int = 8, num_clips: int | str = 1, mode: str = 'uniform', jitter: float = 0.0,
                 end: str = 'offset', allow_short: bool | None = None, random_offset: bool = False) -> None:
        if mode not in MODES:
            raise ValueError(f'SampleMEFrames knows the modes {", ".join(MODES)}; got {mode!r}.')
        if end not in ENDS:
            raise ValueError(f'SampleMEFrames ends at {" or ".join(ENDS)}; got {end!r}.')
        if isinstance(num_clips, str) and (num_clips != ALL or mode != 'stride'):
            raise ValueError(f"SampleMEFrames takes a number of clips, or {ALL!r} with mode='stride'; got "
                             f'{num_clips!r} with mode={mode!r}.')
        if random_offset and (mode != 'stride' or num_clips == ALL):
            raise ValueError("SampleMEFrames draws offsets at random with mode='stride' and a number of clips; got "
                             f'mode={mode!r} and num_clips={num_clips!r}.')
        self.clip_len = clip_len
        self.num_clips = num_clips
        self.mode = mode
        self.jitter = jitter
        self.end = end
        self.allow_short = mode == 'uniform' if allow_short is None else allow_short
        self.random_offset = random_offset

    def transform(self, results: dict) -> dict:
        """Add ``frame_inds``."""
        num_frames = results['num_frames']
        if self.end == 'apex' and num_frames:
            num_frames = int(np.searchsorted(results['frame_ids'][:num_frames - 1], results['apex'])) + 1
        if num_frames < 1 or (num_frames < self.clip_len and not self.allow_short):
            raise DatasetError(
                f'{results["sample_id"]} has {num_frames} frames, fewer than the clip of {self.clip_len}: sample '
                'with allow_short=True, take a smaller clip_len, or leave the ME out.')
        num_clips = stride_offsets(num_frames, self.clip_len) if self.num_clips == ALL else self.num_clips
        if self.mode == 'stride' and num_frames >= self.clip_len:
            clips = [stride_indices(num_frames, self.clip_len, offset)
                     for offset in self._offsets(stride_offsets(num_frames, self.clip_len), num_clips)]
        else:
            clips = [self._uniform(num_frames, clip, num_clips) for clip in range(num_clips)]
        return dict(results, frame_inds=np.concatenate(clips), clip_len=self.clip_len, num_clips=num_clips)

    def _offsets(self, available: int, wanted: int) -> np.ndarray:
        if self.random_offset:
            return np.random.choice(available, wanted, replace=wanted > available)
        return np.arange(wanted) % available

    def _uniform(self, num_frames: int, clip: int, num_clips: int) -> np.ndarray:
        positions = uniform_positions(num_frames, self.clip_len)
        spacing = (num_frames - 1) / max(self.clip_len - 1, 1)
        if num_clips > 1:
            positions = positions + spacing * ((clip + 0.5) / num_clips - 0.5)
        if self.jitter:
            shift = np.random.uniform(-0.5, 0.5, self.clip_len) * self.jitter * spacing
            shift[[0, -1]] = 0
            positions = positions + shift
        return np.clip(np.rint(positions), 0, num_frames - 1).astype(np.int64)
