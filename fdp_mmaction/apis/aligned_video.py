"""From a source to aligned faces, as a prepared folder holds them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fdp_mmaction.datasets.preparation.aligned_clips import AlignedClips
from fdp_mmaction.datasets.preparation.settings import PreparationSettings
from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.detected_source import DetectedLandmarks
from fdp_mmaction.faces.landmark_sources import LANDMARK_SOURCES, build_landmark_source, options_of

from .frame_times import even_frames, is_uneven, mean_rate
from .video_source import WHOLE, Input, Part, SourceFrames, open_source

AUTO = 'auto'
FROM_FILES = ('precomputed', 'openface')
"""Sources that read landmark files."""


@dataclass(frozen=True)
class AlignedVideo:
    """Aligned faces of a source.

    Attributes:
        source (str): What the user gave.
        name (str): For headings and file names.
        frames (np.ndarray): ``(F, S, S)`` uint8.
        frame_ids (np.ndarray): ``(F,)`` int64 numbers as the source counts them.
        order (np.ndarray): ``(F',)`` int64 rows of ``frames`` that follow each other at a constant rate: all in their
            order, unless the frame rate varies.
        times (np.ndarray | None): ``(F,)`` seconds since the beginning of the source.
        landmark_source (str): Where the landmarks came from.
        apex (int | None): Its frame number, if the user gave one.
        remarks (tuple[str, ...]): What the user should know.
    """

    source: str
    name: str
    frames: np.ndarray
    frame_ids: np.ndarray
    order: np.ndarray
    times: np.ndarray | None
    landmark_source: str
    apex: int | None = None
    remarks: tuple[str, ...] = ()

    @property
    def fps(self) -> float | None:
        """Frames per second, the mean where they vary."""
        return mean_rate(self.times)

    @property
    def rate(self) -> float | None:
        """Frames of ``order`` per second."""
        return None if self.times is None or len(self.times) < 2 else 1 / float(np.median(np.diff(self.times)))


@dataclass(frozen=True)
class VideoAligner:
    """Callable that reads a source, finds the face and aligns it, one full-size frame in memory at a time.

    Args:
        landmark_source (str): A name of :data:`~fdp_mmaction.faces.landmark_sources.LANDMARK_SOURCES`, or ``'auto'``.
        landmarks (Path | None): Landmark file, or folder of landmark files. Defaults to None.
        options (Mapping): Options of the source. Defaults to none.
        align (str): ``'onset'`` or ``'frame'``. Defaults to ``'onset'``.
        size (int): Side of the squares in pixels. Defaults to 144.
        box_factor (float): Defaults to 2.5.

    Raises:
        FaceError: If the source is unknown or cannot be set up, or landmark files are missing or not wanted.
    """

    landmark_source: str = AUTO
    landmarks: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    align: str = 'onset'
    size: int = 144
    box_factor: float = 2.5

    def __post_init__(self) -> None:
        if self.landmark_source != AUTO:
            options_of(self.landmark_source)
        if self.landmarks is not None and self.landmark_source not in (AUTO, *FROM_FILES):
            raise FaceError(f'Landmark files are read by the sources {" and ".join(FROM_FILES)}, not by '
                            f'{self.landmark_source}: leave one of the two out.')
        if self.landmarks is None and self.landmark_source in FROM_FILES:
            raise FaceError(f'The landmark source {self.landmark_source} reads landmark files: name a file, or the '
                            'folder that holds one for each video.')
        if self.landmarks is not None and not self.landmarks.exists():
            raise FaceError(f'{self.landmarks} does not exist: name a landmark file, or the folder that holds one for '
                            'each video.')
        if self.chosen not in FROM_FILES:
            settings = self._settings(self.options)      # an option that does not do is an error now
            build_landmark_source(settings.landmark_source, **settings.landmark_options)

    @cached_property
    def chosen(self) -> str:
        """The source that is used; of ``'auto'`` the first that can be."""
        if self.landmark_source != AUTO:
            return self.landmark_source
        if self.landmarks is not None:
            return FROM_FILES[0]
        for name in ('mediapipe', 'dlib'):
            try:
                LANDMARK_SOURCES[name](**{key: value for key, value in self.options.items() if key in options_of(name)})
            except (FaceError, TypeError):      # not installed; no model
                continue
            return name
        return 'box'

    def __call__(self, item: Input, index: int = 0, part: Part = WHOLE) -> AlignedVideo:
        """Align a source.

        Args:
            item (Input): A video file, a folder of images, or an array.
            index (int): Its position among the inputs. Defaults to 0.
            part (Part): Which of its frames. Defaults to all.

        Returns:
            AlignedVideo: Its faces.

        Raises:
            DatasetError: If it cannot be read.
            FaceError: If no face is found.
        """
        with tempfile.TemporaryDirectory() as scratch:
            frames = open_source(item, index, part, Path(scratch))
            name = frames.clip
            options = dict(self.options)
            if self.chosen in FROM_FILES:
                folder, frames = self._file_of(frames)
                options['folder'] = str(folder)
            rendered = AlignedClips(self._settings(options))(frames)
        remarks = [*frames.remarks, *(fallback.text for fallback in rendered.fallbacks)]
        if self.landmark_source == AUTO and self.chosen == 'box':
            remarks.append('faces: aligned coarsely by a face box, because no landmark detector is installed')
        order = np.arange(len(frames.frame_ids))
        if frames.timed and is_uneven(frames.times):
            order = even_frames(frames.times)
            remarks.append('the frame rate varies: frames are spread evenly over time')
        return AlignedVideo(frames.source, name, rendered.frames, np.array(frames.frame_ids, dtype=np.int64),
                            order, frames.times, self.chosen, part.apex, tuple(remarks))

    def _settings(self, options: Mapping[str, Any]) -> PreparationSettings:
        source, options = self.chosen, dict(options)
        if self.align == 'onset' and detects(source):
            options.setdefault('per', 'onset')      # no other landmarks are needed
        return PreparationSettings(size=self.size, align=self.align, box_factor=self.box_factor,
                                   landmark_source=source, landmark_options=options)

    def _file_of(self, frames: SourceFrames) -> tuple[Path, SourceFrames]:
        """The folder of folders that the landmark sources want, and the frames under the names of the file."""
        place = self.landmarks.resolve()
        if place.is_file():
            return place.parent.parent, replace(frames, subject=place.parent.name, clip=place.stem)
        above = frames.path.resolve().parent.name if frames.path is not None else ''
        if above and any((place / above / f'{frames.clip}{ending}').is_file() for ending in ('.npz', '.csv')):
            return place, replace(frames, subject=above)
        return place.parent, replace(frames, subject=place.name)


def detects(name: str) -> bool:
    """Whether a source detects landmarks in images, rather than reading or leaving them."""
    source = LANDMARK_SOURCES[name]
    return isinstance(source, type) and issubclass(source, DetectedLandmarks)
