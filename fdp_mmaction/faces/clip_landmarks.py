"""What a landmark source is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Protocol

import numpy as np

LATER_FRAME, PREVIOUS, CENTER_CROP, SKIP = 'later_frame', 'previous', 'center_crop', 'skip'

_TEXTS = {
    LATER_FRAME: 'no face in the first {frames} frames (from {first}): they take the landmarks of the next frame',
    PREVIOUS: 'no face in {frames} frames (first: {first}): they take the landmarks of the frame before',
    CENTER_CROP: 'no face in any of {frames} frames: a mean face in the middle of the image is assumed',
    SKIP: 'no face in the clip: left out by choice',
}


class ClipFrames(Protocol):
    """What a source needs to know of a clip; a dataset record has these fields."""

    @property
    def subject(self) -> str:
        """Subject, for example ``sub01``."""

    @property
    def clip(self) -> str:
        """Clip name, unique within the subject."""

    @property
    def frame_ids(self) -> Sequence[int]:
        """Frame numbers, in time order."""

    @property
    def frame_paths(self) -> Sequence[str]:
        """Image files of these frames."""


@dataclass(frozen=True)
class Fallback:
    """A clip whose landmarks were not found in the first way.

    Args:
        kind (str): :data:`LATER_FRAME`, :data:`PREVIOUS`, :data:`CENTER_CROP`, :data:`SKIP`, or the name of the
            detector that found the face after the first one had failed.
        frames (int): Number of frames it concerns.
        first (int): The first of these, a frame number of the release.
    """

    kind: str
    frames: int
    first: int

    @property
    def text(self) -> str:
        """In words, for the remarks of a preparation."""
        text = _TEXTS.get(self.kind, 'the first detector fails on {frames} frames (first: {first}): found by {kind}')
        return 'faces: ' + text.format(kind=self.kind, frames=self.frames, first=self.first)


@dataclass(frozen=True)
class ClipLandmarks:
    """The landmarks of a clip.

    Args:
        points (np.ndarray): ``(T, 68, 2)`` float32, x and y in pixels of the source images (pixel centres on whole
            numbers), iBUG order, in the order of the clip's frames. A frame without a face is NaN throughout.
        fallbacks (tuple[Fallback, ...]): What was not found in the first way. Defaults to none.
        reason (str): Why frames are NaN, and the remedy: one sentence. Defaults to ''.
    """

    points: np.ndarray
    fallbacks: tuple[Fallback, ...] = ()
    reason: str = ''

    @property
    def missing(self) -> np.ndarray:
        """``(T,)`` bool, True for frames without a face."""
        return np.isnan(self.points).any(axis=(1, 2))


LandmarkSource = Callable[[ClipFrames], 'ClipLandmarks | None']
"""``source(clip)``: the landmarks found, or None from a source that supplies none."""
