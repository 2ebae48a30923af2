"""Where the 68 landmarks of a clip's frames come from.

A landmark source is a callable ``source(clip) -> ClipLandmarks``, or None for a source that supplies none. Sources are
chosen by name; a new one is one class and one line in :data:`LANDMARK_SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from fdp_mmaction.errors import FaceError

from .box_source import BoxLandmarks
from .clip_landmarks import ClipFrames, ClipLandmarks, Fallback, LandmarkSource
from .complete_landmarks import CompleteLandmarks
from .dlib_source import DlibLandmarks
from .mediapipe_source import MediapipeLandmarks
from .openface_source import OpenFaceLandmarks
from .precomputed_source import PrecomputedLandmarks

__all__ = ['LANDMARK_SOURCES', 'ClipFrames', 'ClipLandmarks', 'CompleteLandmarks', 'Fallback', 'LandmarkSource',
           'NoLandmarks', 'build_landmark_source', 'options_of']


@dataclass(frozen=True)
class NoLandmarks:
    """For releases whose frames are already cropped to the aligned face: there are no landmarks."""

    def __call__(self, clip: ClipFrames) -> None:
        """Return None."""
        return None


LANDMARK_SOURCES: dict[str, Callable[..., LandmarkSource]] = {
    'precomputed': PrecomputedLandmarks,
    'none': NoLandmarks,
    'openface': OpenFaceLandmarks,
    'mediapipe': MediapipeLandmarks,
    'dlib': DlibLandmarks,
    'box': BoxLandmarks,
}


def build_landmark_source(name: str, on_missing: str = 'raise', smooth: int = 0,
                          **options: object) -> CompleteLandmarks:
    """Make a landmark source by name.

    Args:
        name (str): A key of :data:`LANDMARK_SOURCES`.
        on_missing (str): What to do about frames without a face, see :func:`~.missing.fill_missing`.
            Defaults to 'raise'.
        smooth (int): Frames of the smoothing window, see :func:`~.smoothing.smooth_landmarks`. Defaults to 0, none.
        **options: Arguments of that source, for example ``folder`` for ``precomputed``.

    Returns:
        CompleteLandmarks: The source; it can be pickled.

    Raises:
        FaceError: If the name or an option is unknown or the source cannot be set up.
    """
    known = options_of(name)
    for option in options:
        if option not in known:
            raise FaceError(f'Landmark source {name!r} has no option {option!r}: '
                            f'it has {", ".join(known) or "none"}.')
    return CompleteLandmarks(LANDMARK_SOURCES[name](**options), on_missing, smooth)


def options_of(name: str) -> tuple[str, ...]:
    """Names of the options of a source.

    Args:
        name (str): A key of :data:`LANDMARK_SOURCES`.

    Returns:
        tuple[str, ...]: Arguments of that source.

    Raises:
        FaceError: If the name is unknown.
    """
    if name not in LANDMARK_SOURCES:
        raise FaceError(f'Unknown landmark source {name!r}: choose one of {", ".join(LANDMARK_SOURCES)}.')
    return tuple(field.name for field in fields(LANDMARK_SOURCES[name]))
