"""Frames without a face: raise, leave the clip out, or fill the gap, as the user chose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fdp_mmaction.errors import FaceError

from .clip_landmarks import CENTER_CROP, PREVIOUS, SKIP, ClipFrames, ClipLandmarks, Fallback
from .image_io import read_gray
from .mean_shape import centred_face

ON_MISSING = ('raise', 'skip', 'previous', 'center_crop')
"""What may be done about frames without a face; see :func:`fill_missing`."""


class NoFaceError(FaceError):
    """No face was found in frames of a clip, and nothing else was asked for: the clip is lost."""


class ClipSkipped(NoFaceError):
    """The same, but leaving the clip out is what was asked for.

    Args:
        message (str): Why.
        fallbacks (tuple[Fallback, ...]): For the account. Defaults to none.
    """

    def __init__(self, message: str, fallbacks: tuple[Fallback, ...] = ()) -> None:
        super().__init__(message)
        self.fallbacks = fallbacks


def fill_missing(found: ClipLandmarks, clip: ClipFrames, on_missing: str = 'raise') -> ClipLandmarks:
    """Landmarks for all frames of a clip.

    Args:
        found (ClipLandmarks): What the source found.
        clip (ClipFrames): The clip; for ``'center_crop'`` its first image is read, for the size.
        on_missing (str): ``'raise'``: an error. ``'skip'``: an error that says so. ``'previous'``: a frame without a
            face takes the landmarks of the nearest frame before it that has one, at the beginning of the clip of the
            first that has one; an error if no frame has one. ``'center_crop'``: the same, but if no frame has a face,
            the mean face in the middle of the image is assumed for all. Defaults to 'raise'.

    Returns:
        ClipLandmarks: Without NaN, what was filled added to the fallbacks.

    Raises:
        ClipSkipped: If frames are missing and the choice is ``'skip'``.
        NoFaceError: If frames are missing and the choice is ``'raise'``, or no frame has a face.
        DatasetError: If the image needed for its size cannot be read.
    """
    missing = found.missing
    if not missing.any():
        return found
    if on_missing == 'raise' or missing.all() and on_missing == 'previous':
        raise NoFaceError(found.reason)
    kind = SKIP if on_missing == 'skip' else CENTER_CROP if missing.all() else PREVIOUS
    fallback = Fallback(kind, int(missing.sum()), int(clip.frame_ids[int(np.argmax(missing))]))
    if kind == SKIP:
        raise ClipSkipped(found.reason, (fallback,))
    if missing.all():
        height, width = read_gray(clip.frame_paths[0]).shape
        points = np.repeat(centred_face(height, width)[None], len(missing), axis=0).astype(np.float32)
    else:
        points = found.points[_nearest_before(~missing)]
    return replace(found, points=points, fallbacks=(*found.fallbacks, fallback))


def _nearest_before(present: np.ndarray) -> np.ndarray:
    """For each index the last True at or before it, or the first of all."""
    indices = np.where(present, np.arange(len(present)), -1)
    return np.maximum(np.maximum.accumulate(indices), np.argmax(present))
