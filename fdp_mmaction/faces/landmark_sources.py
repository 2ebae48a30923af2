"""Where the 68 landmarks of a clip's frames come from.

A landmark source is a callable ``source(clip) -> (T, 68, 2) float32`` (pixels of the source image,
iBUG order) or ``None`` for a source that supplies none. Sources are chosen by name; a new one is one
class and one line in :data:`LANDMARK_SOURCES`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

import numpy as np

from fdp_mmaction.errors import FaceError


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


LandmarkSource = Callable[[ClipFrames], 'np.ndarray | None']


@dataclass(frozen=True)
class PrecomputedLandmarks:
    """Landmarks stored beforehand, one file per clip.

    ``<folder>/<subject>/<clip>.npz`` holds ``landmarks`` ``(T, 68, 2)`` in pixels of the source image and
    ``frame_ids`` ``(T,)``. It may hold more frames than the clip asks for, in any order.

    Args:
        folder (str): The folder with one sub-folder per subject.
    """

    folder: str

    def __post_init__(self) -> None:
        if not Path(self.folder).is_dir():
            raise FaceError(f'Landmark folder {self.folder} does not exist: give the folder that holds '
                            '<subject>/<clip>.npz.')

    def __call__(self, clip: ClipFrames) -> np.ndarray:
        """Load the landmarks of a clip's frames.

        Args:
            clip (ClipFrames): The clip; its ``frame_ids`` say which frames are wanted.

        Returns:
            np.ndarray: ``(T, 68, 2)`` float32, in the order of ``clip.frame_ids``.

        Raises:
            FaceError: If the file is missing, damaged, lacks a frame or holds values that are not finite.
        """
        name = f'{clip.subject}/{clip.clip}.npz'
        landmarks, frame_ids = _load_npz(Path(self.folder) / clip.subject / f'{clip.clip}.npz', name)
        row_of = {int(frame): row for row, frame in enumerate(frame_ids)}
        missing = [frame for frame in clip.frame_ids if frame not in row_of]
        if missing:
            raise FaceError(f'Landmark file {name} lacks {len(missing)} of {len(clip.frame_ids)} frames '
                            f'(first: {missing[0]}): detect the landmarks of this clip again.')
        selected = landmarks[[row_of[frame] for frame in clip.frame_ids]].astype(np.float32)
        finite = np.isfinite(selected).all(axis=(1, 2))
        if not finite.all():
            frame = clip.frame_ids[int(np.argmin(finite))]
            raise FaceError(f'Landmark file {name} holds NaN or infinity in {int((~finite).sum())} frames '
                            f'(first: {frame}): detect the landmarks of this clip again.')
        return selected


@dataclass(frozen=True)
class NoLandmarks:
    """For releases whose frames are already cropped to the aligned face: there are no landmarks."""

    def __call__(self, clip: ClipFrames) -> None:
        """Return None."""
        return None


LANDMARK_SOURCES: dict[str, Callable[..., LandmarkSource]] = {
    'precomputed': PrecomputedLandmarks,
    'none': NoLandmarks,
}


def build_landmark_source(name: str, **options: object) -> LandmarkSource:
    """Make a landmark source by name.

    Args:
        name (str): A key of :data:`LANDMARK_SOURCES`.
        **options: Arguments of that source, for example ``folder`` for ``precomputed``.

    Returns:
        LandmarkSource: The source; it can be pickled.

    Raises:
        FaceError: If the name is unknown or the source cannot be set up.
    """
    if name not in LANDMARK_SOURCES:
        raise FaceError(f'Unknown landmark source {name!r}: choose one of {", ".join(LANDMARK_SOURCES)}.')
    return LANDMARK_SOURCES[name](**options)


def _load_npz(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    if not path.is_file():
        raise FaceError(f'Landmark file {name} does not exist: detect the landmarks of this clip first.')
    try:
        with np.load(path, allow_pickle=False) as archive:
            landmarks, frame_ids = archive['landmarks'], archive['frame_ids']
    except KeyError:
        raise FaceError(f"Landmark file {name} needs the arrays 'landmarks' and 'frame_ids': "
                        'write it again.') from None
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile):
        raise FaceError(f'Landmark file {name} is damaged: write it again.') from None
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2) or frame_ids.shape != landmarks.shape[:1]:
        raise FaceError(f'Landmark file {name} has landmarks of shape {landmarks.shape} and frame_ids of shape '
                        f'{frame_ids.shape}: (T, 68, 2) and (T,) are needed.')
    if landmarks.dtype.kind not in 'fiu' or frame_ids.dtype.kind not in 'iu':
        raise FaceError(f'Landmark file {name} needs numbers in landmarks and whole numbers in frame_ids: '
                        'write it again.')
    return landmarks, frame_ids
