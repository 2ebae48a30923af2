"""Landmarks found in the images by a chain of detectors."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import FaceError

from .clip_landmarks import LATER_FRAME, ClipFrames, ClipLandmarks, Fallback
from .crops import Finder
from .image_io import read_colour

PER = ('frame', 'onset')


@dataclass(frozen=True)
class DetectedLandmarks(ABC):
    """Base of the sources that look at the images.

    A subclass names its finders in the order in which they are tried. The first is tried on every image. Where it
    fails on the first frames, they take the landmarks of the first frame with a face, at most ``onset_search`` frames
    later; the next finder is tried on the images that are left, and so on.

    Args:
        per (str): ``'frame'``: landmarks of every frame. ``'onset'``: those of the first frame with a face, at most
            ``onset_search`` frames after the onset, for all frames; no other image is looked at. Defaults to 'frame'.
        onset_search (int): How many frames after the onset may stand in for it. Defaults to 5.
    """

    per: str = 'frame'
    onset_search: int = 5

    def __post_init__(self) -> None:
        if self.per not in PER:
            raise FaceError(f'Landmarks can be found per {" or ".join(PER)}, not per {self.per!r}.')
        if self.onset_search < 0:
            raise FaceError(f'onset_search must not be negative, got {self.onset_search}.')

    @abstractmethod
    def finders(self) -> Sequence[tuple[str, Finder]]:
        """Names and finders, in the order in which they are tried."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Name and version of the detector."""

    @property
    def backend(self) -> dict[str, object]:
        """What the landmarks depend on, for ``preparation.json``: versions, settings, a model file's checksum."""
        account: dict[str, object] = dict(self.versions())
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == 'model' and value:
                account['model_sha256'] = hashlib.sha256(Path(value).read_bytes()).hexdigest()
                value = Path(value).name
            account[field.name] = value
        return account

    def __call__(self, clip: ClipFrames) -> ClipLandmarks:
        """Find the landmarks of a clip.

        Args:
            clip (ClipFrames): The clip.

        Returns:
            ClipLandmarks: NaN where no face was found.

        Raises:
            DatasetError: If an image cannot be read.
            FaceError: If a detector breaks down.
        """
        count = len(clip.frame_paths)
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        looked_at = range(min(count, self.onset_search + 1) if self.per == 'onset' else count)
        fallbacks: list[Fallback] = []
        for order, (name, find) in enumerate(self.finders()):
            missing = [index for index in looked_at if np.isnan(points[index, 0, 0])]
            hits = []
            for index in missing:
                found = _find(find, name, clip.frame_paths[index])
                if found is not None:
                    points[index] = found
                    hits.append(index)
                    if self.per == 'onset':
                        break
            if hits and order:
                fallbacks.append(Fallback(name, len(hits), int(clip.frame_ids[hits[0]])))
            lead = hits[0] if hits and np.isnan(points[:hits[0], 0, 0]).all() else 0
            if 0 < lead <= self.onset_search:
                points[:lead] = points[lead]
                fallbacks.append(Fallback(LATER_FRAME, lead, int(clip.frame_ids[0])))
            if self.per == 'onset' and hits:
                points[:] = points[hits[0]]
            if not np.isnan(points[:, 0, 0]).any():
                break
        return ClipLandmarks(points, tuple(fallbacks), _reason(points, looked_at, clip))


def _find(find: Finder, name: str, path: str) -> np.ndarray | None:
    image = read_colour(path)
    try:
        points = find(image)
    except (RuntimeError, ValueError) as error:
        first_line = (str(error).splitlines() or [''])[0]
        raise FaceError(f'The detector {name} failed on {Path(path).name} ({first_line}): use another landmark '
                        'source for this clip.') from error
    return points if points is not None and np.isfinite(points).all() else None


def _reason(points: np.ndarray, looked_at: range, clip: ClipFrames) -> str:
    missing = np.flatnonzero(np.isnan(points[:, 0, 0]))
    if not len(missing):
        return ''
    missing = missing[:len(looked_at)]
    return (f'No face was found in {len(missing)} of {len(looked_at)} images (first: '
            f'{Path(clip.frame_paths[missing[0]]).name}): use another landmark source, or choose what to do with '
            '--on-missing.')
