"""Frames of video files by number, by whichever decoder can read the file.

A frame of a video is addressed like an image file: ``clips/v1.mp4#17`` is frame 17, counted from 0. So whatever reads
image files by path, landmark detectors included, reads videos too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from fdp_mmaction.errors import DatasetError

Decoded = Callable[[], np.ndarray]


class VideoFrames(Protocol):
    """An open video."""

    def read(self, number: int) -> np.ndarray | None:
        """A frame, ``(H, W, 3)`` uint8 RGB, counted from 0; None beyond the end. Cheapest in increasing order."""

    def count(self) -> int:
        """Number of frames that can be decoded; may have to go through the whole file."""


def frame_address(video: str | Path, number: int) -> str:
    """Address of a frame, ``video.mp4#17``.

    Args:
        video (str | Path): The file.
        number (int): The frame, counted from 0.

    Returns:
        str: What :func:`split_address` takes apart.
    """
    return f'{video}#{number}'


def split_address(path: str | Path) -> tuple[str, int] | None:
    """Video and frame number of a frame's address.

    Args:
        path (str | Path): An address, or the path of an image file.

    Returns:
        tuple[str, int] | None: None for what is no address.
    """
    match = re.fullmatch(r'(.+)#(\d+)', str(path), re.ASCII | re.DOTALL)
    return (match[1], int(match[2])) if match else None


def read_video_frame(video: str | Path, number: int) -> np.ndarray:
    """A frame of a video. The last video stays open, so frames read in order cost no search.

    Args:
        video (str | Path): The file.
        number (int): The frame, counted from 0.

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8 RGB.

    Raises:
        DatasetError: If the file cannot be read or has no such frame.
    """
    path = Path(video)
    frame = _kept_open(str(path), *_version(path, path.name)).read(number)
    if frame is None:
        raise DatasetError(f'Video {path.name} ends before frame {number}, counted from 0: correct the frame '
                           'number, or copy the video again.')
    return frame


def count_video_frames(video: str | Path) -> int:
    """Number of frames of a video.

    Args:
        video (str | Path): The file.

    Returns:
        int: At least 1.

    Raises:
        DatasetError: If the file cannot be read.
    """
    path = Path(video)
    return _kept_open(str(path), *_version(path, path.name)).count()


def open_video(video: str | Path) -> VideoFrames:
    """Open a video with the first decoder that can: decord, OpenCV, PyAV. Those not installed are passed over.

    They agree on the frames and, but for rounding, on their colours; pictures marked as turned stand upright.

    Args:
        video (str | Path): The file.

    Returns:
        VideoFrames: Its frames.

    Raises:
        DatasetError: If the file is missing or none can read it.
    """
    path = Path(video)
    _version(path, str(path))
    openers = (_open_by_decord, _open_by_opencv, _open_by_pyav)
    for opener in openers if _may_be_video(path) else openers[1:]:
        frames = opener(str(path))
        if frames is not None:
            return frames
    raise DatasetError(f'Video {path.name} cannot be read: it is damaged or of an unknown format; convert it, for '
                       'example to .mp4, or give its frames as images.')


def quiet_decoders() -> None:
    """Keep the decoders' own lines about damaged files off stderr; errors here say in a sentence what is wrong.

    It holds for the whole process, so it is for programs. What the user has set in ``OPENCV_FFMPEG_LOGLEVEL`` or
    ``OPENCV_LOG_LEVEL`` stays. PyAV says nothing by itself.
    """
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')       # OpenCV reads it when it opens the first video
    if 'OPENCV_LOG_LEVEL' not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        from decord import logging
    except (ImportError, OSError):
        return
    logging.set_level(logging.QUIET)


def _version(path: Path, name: str) -> tuple[int, int]:
    """What tells a file from another of the same name."""
    try:
        status = os.stat(path)
        if path.is_file():
            return status.st_mtime_ns, status.st_size
    except (OSError, ValueError):
        pass
    raise DatasetError(f'Video {name} does not exist: check the path.')


@lru_cache(maxsize=1)
def _kept_open(video: str, *_: int) -> VideoFrames:
    return open_video(video)


class _ByNumber:
    """Frames of a decoder that finds them by number."""

    def __init__(self, reader: Any, path: str, failures: tuple[type[Exception], ...]) -> None:
        self._reader = reader
        self._path = path
        self._failures = failures

    def read(self, number: int) -> np.ndarray | None:
        if number >= len(self._reader):
            return None
        try:
            return self._reader[number].asnumpy()
        except self._failures:
            raise _undecodable(self._path, f' {number}') from None

    def count(self) -> int:
        return len(self._reader)


class _InOrder:
    """Frames of a decoder that goes through the file; to go back is to begin anew."""

    def __init__(self, start: Callable[[], Iterator[Decoded]]) -> None:
        self._start = start
        self._frames = start()
        self._position = 0
        self._last: np.ndarray | None = None

    def read(self, number: int) -> np.ndarray | None:
        if number < self._position - 1:
            self._frames, self._position, self._last = self._start(), 0, None
        while self._last is None or number != self._position - 1:
            decoded = next(self._frames, None)
            if decoded is None:
                self._frames, self._position, self._last = self._start(), 0, None
                return None
            self._position += 1
            self._last = decoded() if self._position > number else None
        return self._last.copy()

    def count(self) -> int:
        return sum(1 for _ in self._start())


def _may_be_video(path: Path) -> bool:
    """Whether FFmpeg, where OpenCV has it, can open a file; if not, decord cannot, and nothing stops its complaint."""
    if not cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG):
        return True
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        return capture.isOpened()
    finally:
        capture.release()


def _open_by_decord(path: str) -> VideoFrames | None:
    try:
        from decord import DECORDError, VideoReader
    except (ImportError, OSError):
        return None
    failures = (DECORDError, RuntimeError, IndexError)
    try:
        reader = VideoReader(path, num_threads=1)
        ends = [reader[number].asnumpy() for number in {0, len(reader) - 1}]
    except failures:
        return None
    # decord 0.6 takes the padding of narrow pictures for a fourth channel
    return _ByNumber(reader, path, failures) if all(end.shape[2:] == (3,) for end in ends) else None


def _open_by_opencv(path: str) -> VideoFrames | None:
    return _if_any(_InOrder(partial(_grab_by_opencv, path)))


def _grab_by_opencv(path: str) -> Iterator[Decoded]:
    capture = cv2.VideoCapture(path)
    try:
        while capture.grab():
            yield partial(_retrieve, capture, path)
    finally:
        capture.release()


def _retrieve(capture: cv2.VideoCapture, path: str) -> np.ndarray:
    read, frame = capture.retrieve()
    if not read:
        raise _undecodable(path)
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


def _open_by_pyav(path: str) -> VideoFrames | None:
    return _if_any(_InOrder(partial(_decode_by_pyav, path)))


def _decode_by_pyav(path: str) -> Iterator[Decoded]:
    try:
        import av
    except (ImportError, OSError):
        return
    try:
        with av.open(path) as container:
            for frame in container.decode(video=0):
                yield partial(_upright, frame)
    except (av.error.FFmpegError, IndexError, ValueError):
        return


def _upright(frame: Any) -> np.ndarray:
    turns = round(getattr(frame, 'rotation', 0) / 90)
    return np.ascontiguousarray(np.rot90(frame.to_ndarray(format='rgb24'), turns))


def _if_any(frames: _InOrder) -> VideoFrames | None:
    return None if frames.read(0) is None else frames


def _undecodable(path: str, number: str = '') -> DatasetError:
    return DatasetError(f'Video {Path(path).name}: frame{number} cannot be decoded: copy the video again, or convert '
                        'it.')
