"""Landmarks stored beforehand, in our own formats: npz or CSV, one file per clip."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import FaceError

from .clip_landmarks import ClipFrames, ClipLandmarks
from .landmark_table import POINT_COLUMNS, points_of, read_columns, read_header, whole_numbers


@dataclass(frozen=True)
class PrecomputedLandmarks:
    """Landmarks stored beforehand, one file per clip.

    ``<folder>/<subject>/<clip>.npz`` holds ``landmarks`` ``(T, 68, 2)`` in pixels of the source image and
    ``frame_ids`` ``(T,)``. If there is no such file, ``<clip>.csv`` with the columns ``frame``, ``x_0`` to ``x_67``
    and ``y_0`` to ``y_67`` is read. ``frame_ids`` and ``frame`` are frame numbers of the release. A file may hold more
    frames than the clip asks for, in any order. NaN marks a frame without a face.

    Args:
        folder (str): The folder with one sub-folder per subject.
    """

    folder: str

    def __post_init__(self) -> None:
        if not Path(self.folder).is_dir():
            raise FaceError(f'Landmark folder {self.folder} does not exist: give the folder that holds '
                            '<subject>/<clip>.npz.')

    def __call__(self, clip: ClipFrames) -> ClipLandmarks:
        """Load the landmarks of a clip's frames.

        Args:
            clip (ClipFrames): The clip; its ``frame_ids`` say which frames are wanted.

        Returns:
            ClipLandmarks: In the order of ``clip.frame_ids``; NaN where the file lacks a frame or holds NaN.

        Raises:
            FaceError: If the file is missing or damaged.
        """
        path, name = Path(self.folder) / clip.subject / f'{clip.clip}.npz', f'{clip.subject}/{clip.clip}.npz'
        table = path.with_name(f'{clip.clip}.csv')
        if not path.is_file() and table.is_file():
            name = f'{clip.subject}/{clip.clip}.csv'
            landmarks, frame_ids = _load_csv(table, name)
        else:
            landmarks, frame_ids = _load_npz(path, name)
        row_of = {int(frame): row for row, frame in enumerate(frame_ids)}
        lacking = [frame for frame in clip.frame_ids if frame not in row_of]
        points = np.full((len(clip.frame_ids), 68, 2), np.nan, dtype=np.float32)
        for index, frame in enumerate(clip.frame_ids):
            if frame in row_of:
                points[index] = landmarks[row_of[frame]]
        infinite = ~np.isfinite(points).all(axis=(1, 2))
        points[infinite] = np.nan
        reason = ''
        if lacking:
            reason = (f'Landmark file {name} lacks {len(lacking)} of {len(clip.frame_ids)} frames '
                      f'(first: {lacking[0]}; it has {_span(frame_ids)}): detect the landmarks of this clip again, or '
                      'number its frames as the clip does (a video counts from 0).')
        elif infinite.any():
            reason = (f'Landmark file {name} holds NaN or infinity in {int(infinite.sum())} frames '
                      f'(first: {clip.frame_ids[int(np.argmax(infinite))]}): detect the landmarks of this clip again.')
        return ClipLandmarks(points, reason=reason)


def _load_csv(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    if {'confidence', 'success'} & set(read_header(path, name)):
        raise FaceError(f'Landmark file {name} was written by OpenFace, which numbers frames in its own way: '
                        'choose the landmark source openface.')
    columns = read_columns(path, name, ('frame', *POINT_COLUMNS))
    return points_of(columns[:, 1:]), whole_numbers(columns[:, 0], name)


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


def _span(frame_ids: np.ndarray) -> str:
    return f'frames {frame_ids.min()} to {frame_ids.max()}' if len(frame_ids) else 'none'
