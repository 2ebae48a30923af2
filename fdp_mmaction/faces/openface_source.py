"""Landmarks from the CSV files of OpenFace 2 (github.com/TadasBaltrusaitis/OpenFace), one file per clip.

OpenFace's column ``frame`` is no frame number of the release: FeatureExtraction counts the images it is given from 1.
With ``-fdir FOLDER`` these are the files of the folder that end in ``.jpg``, ``.jpeg``, ``.png`` or ``.bmp`` (lower
case), sorted *as text* (SequenceCapture.cpp), so ``img100.jpg`` comes before ``img46.jpg``; with ``-f VIDEO`` the
frames of the video.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import FaceError

from .clip_landmarks import ClipFrames, ClipLandmarks
from .landmark_table import POINT_COLUMNS, points_of, read_columns, whole_numbers
from .video_io import split_address

COUNTERS = ('folder', 'clip', 'number')
_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


@dataclass(frozen=True)
class OpenFaceLandmarks:
    """Landmarks from ``<folder>/<subject>/<clip>.csv`` as FeatureExtraction writes it.

    Frames with ``success`` 0, with a ``confidence`` below ``min_confidence`` or without a row count as frames without
    a face. Of several faces in a frame, the one of the greatest confidence is taken.

    Args:
        folder (str): The folder with one sub-folder per subject.
        counter (str): What OpenFace counted. ``'folder'``: the images of the folder in which the clip's frames lie
            (``-fdir``), or the frames of the video they are part of (``-f``). ``'clip'``: the clip's frames alone, from
            onset to offset in time order, for example copied to a folder of their own. ``'number'``: its counter is
            the frame number of the release. Defaults to 'folder'.
        min_confidence (float): Least confidence, 0 to 1. Defaults to 0.5.
    """

    folder: str
    counter: str = 'folder'
    min_confidence: float = 0.5

    def __post_init__(self) -> None:
        if not Path(self.folder).is_dir():
            raise FaceError(f'Landmark folder {self.folder} does not exist: give the folder that holds '
                            '<subject>/<clip>.csv of OpenFace.')
        if self.counter not in COUNTERS:
            raise FaceError(f'Unknown OpenFace counter {self.counter!r}: choose one of {", ".join(COUNTERS)}.')

    def __call__(self, clip: ClipFrames) -> ClipLandmarks:
        """Load the landmarks of a clip's frames.

        Args:
            clip (ClipFrames): The clip.

        Returns:
            ClipLandmarks: In the order of ``clip.frame_ids``; NaN where OpenFace found no face.

        Raises:
            FaceError: If the file is missing or damaged, or was not made from these images.
        """
        name = f'{clip.subject}/{clip.clip}.csv'
        columns = read_columns(Path(self.folder) / clip.subject / f'{clip.clip}.csv', name,
                               ('frame', 'confidence', 'success', *POINT_COLUMNS))
        counted, wanted = whole_numbers(columns[:, 0], name), self._wanted(clip, name)
        self._check(counted, wanted, name)
        good = (columns[:, 2] == 1) & (columns[:, 1] >= self.min_confidence) & np.isfinite(columns[:, 3:]).all(axis=1)
        rows = np.flatnonzero(good)
        rows = rows[np.argsort(columns[rows, 1], kind='stable')]      # the most confident last, so that it stays
        row_of = {int(counted[row]): int(row) for row in rows}
        landmarks = points_of(columns[:, 3:])
        points = np.full((len(wanted.frames), 68, 2), np.nan, dtype=np.float32)
        rejected = []
        for index, frame in enumerate(wanted.frames):
            if frame in row_of:
                points[index] = landmarks[row_of[frame]]
            else:
                rejected.append(clip.frame_ids[index])
        reason = (f'OpenFace file {name} has no face of confidence {self.min_confidence:g} or more in {len(rejected)} '
                  f'of {len(clip.frame_ids)} frames (first: {rejected[0]}): detect the landmarks of this clip in '
                  'another way, or choose what to do with --on-missing.') if rejected else ''
        return ClipLandmarks(points, reason=reason)

    def _wanted(self, clip: ClipFrames, name: str) -> _Counted:
        if self.counter == 'number':
            return _Counted([int(frame) for frame in clip.frame_ids], None)
        if self.counter == 'clip':
            return _Counted(list(range(1, len(clip.frame_ids) + 1)), len(clip.frame_ids))
        addresses = [split_address(path) for path in clip.frame_paths]
        if all(addresses):
            return _Counted([address[1] + 1 for address in addresses if address], None)
        paths = [Path(path) for path in clip.frame_paths]
        images = _images_in_order(paths[0].parent)
        unread = [path.name for path in paths if path.name not in images]
        if unread:
            raise FaceError(f'OpenFace cannot have read {unread[0]} when it wrote {name}: say what it counted with '
                            '--openface-counter.')
        return _Counted([images[path.name] for path in paths], len(images))

    def _check(self, counted: np.ndarray, wanted: _Counted, name: str) -> None:
        last = int(counted.max()) if counted.size else 0
        if wanted.total is not None and (last != wanted.total or counted.min() < 1):
            what = 'the folder of the frames has' if self.counter == 'folder' else 'the clip has'
            raise FaceError(f'OpenFace file {name} counts to {last}, but {what} {wanted.total} images: run OpenFace on '
                            'these images again, or say what it counted with --openface-counter.')


@dataclass(frozen=True)
class _Counted:
    """Counter of each wanted frame, and to what OpenFace must have counted (None if unknown)."""

    frames: list[int]
    total: int | None


def _images_in_order(folder: Path) -> dict[str, int]:
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except OSError as error:
        raise FaceError(f'The folder {folder.name} of the frames cannot be read ({error.strerror}): '
                        'check the release.') from None
    return {name: counter for counter, name in enumerate(names, start=1)}
