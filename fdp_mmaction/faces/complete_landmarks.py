"""A landmark source made whole: gaps filled as chosen, then smoothed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fdp_mmaction.errors import FaceError

from .clip_landmarks import ClipFrames, ClipLandmarks, LandmarkSource
from .missing import ON_MISSING, fill_missing
from .smoothing import check_window, smooth_landmarks


@dataclass(frozen=True)
class CompleteLandmarks:
    """Callable that gives the landmarks of all frames of a clip; it can be pickled.

    Args:
        source (LandmarkSource): Where they come from.
        on_missing (str): What to do about frames without a face, see :func:`~.missing.fill_missing`.
            Defaults to 'raise'.
        smooth (int): Frames of the smoothing window, see :func:`~.smoothing.smooth_landmarks`. Defaults to 0, none.
    """

    source: LandmarkSource
    on_missing: str = 'raise'
    smooth: int = 0

    def __post_init__(self) -> None:
        if self.on_missing not in ON_MISSING:
            raise FaceError(f'Unknown choice for frames without a face {self.on_missing!r}: choose one of '
                            f'{", ".join(ON_MISSING)}.')
        check_window(self.smooth)

    @property
    def backend(self) -> dict[str, object]:
        """Name, version and settings of the detector; empty for a source that detects nothing."""
        return dict(getattr(self.source, 'backend', {}))

    def find(self, clip: ClipFrames) -> ClipLandmarks | None:
        """The landmarks of a clip, and what was not found in the first way.

        Args:
            clip (ClipFrames): The clip.

        Returns:
            ClipLandmarks | None: Without NaN, or None from a source that supplies none.

        Raises:
            FaceError: If a face or a file is missing.
            DatasetError: If an image cannot be read.
        """
        found = self.source(clip)
        if found is None:
            return None
        found = fill_missing(found, clip, self.on_missing)
        return replace(found, points=smooth_landmarks(found.points, self.smooth))

    def __call__(self, clip: ClipFrames) -> np.ndarray | None:
        """The landmarks alone, ``(T, 68, 2)`` float32, as :meth:`find` gives them."""
        found = self.find(clip)
        return None if found is None else found.points
