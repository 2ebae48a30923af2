"""What a video from a stranger has to be before anything of it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from fdp_mmaction.errors import DatasetError

ENDINGS = ('.mp4', '.mov', '.m4v', '.avi', '.webm', '.mkv')
"""Names of the files that :func:`container_of` knows."""

_EBML = b'\x1a\x45\xdf\xa3'
_QUICKTIME_ATOMS = (b'ftyp', b'moov', b'mdat', b'wide', b'free', b'skip')


@dataclass(frozen=True)
class Limits:
    """What the page takes.

    Attributes:
        megabytes (float): Largest file. Defaults to 200.
        seconds (float): Longest video. Defaults to 60.
        frames (int): Most frames, whatever frame rate the file states. Defaults to 15000.
        pixels (int): Largest frame, width times height. Defaults to that of 4K.
        processing_seconds (float): Longest time an answer may take. Defaults to 120.
    """

    megabytes: float = 200
    seconds: float = 60
    frames: int = 15_000
    pixels: int = 4096 * 2304
    processing_seconds: float = 120

    @property
    def text(self) -> str:
        """In words, for the page."""
        return f'up to {self.seconds:g} s and {self.megabytes:g} MB'


def container_of(path: str | Path) -> str | None:
    """The kind of video file, by its first bytes.

    Playlists and other text files, which a decoder might follow to other files and addresses, are none.

    Args:
        path (str | Path): The file.

    Returns:
        str | None: ``'mp4'`` (also QuickTime), ``'avi'`` or ``'matroska'`` (also WebM); None for all else.
    """
    with open(path, 'rb') as file:
        head = file.read(12)
    if head[4:8] in _QUICKTIME_ATOMS:
        return 'mp4'
    if head[:4] == b'RIFF' and head[8:12] == b'AVI ':
        return 'avi'
    return 'matroska' if head[:4] == _EBML else None


def check_file(path: str | Path, limits: Limits) -> None:
    """Check size and kind of a file; cheap, and nothing is decoded.

    Args:
        path (str | Path): The file.
        limits (Limits): What is allowed.

    Raises:
        DatasetError: If it is missing, too large, or no video file.
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f'{path.name} is not there any more: choose the video again.')
    size = path.stat().st_size
    if size > limits.megabytes * 1e6:
        raise DatasetError(f'{path.name} has {size / 1e6:.0f} MB, and the limit is {limits.megabytes:g} MB: cut the '
                           'video to the seconds that matter.')
    if container_of(path) is None:
        raise DatasetError(f'{path.name} is no video that can be read here: give an MP4, MOV, AVI, WebM or MKV '
                           'file.')


def check_extent(path: str | Path, limits: Limits) -> float | None:
    """Check length and frame size that a video states of itself; opens it, so call it where a crash does no harm.

    Args:
        path (str | Path): A file that passed :func:`check_file`.
        limits (Limits): What is allowed.

    Returns:
        float | None: Its length in seconds; None where the file does not tell.

    Raises:
        DatasetError: If it cannot be opened, is too long or its frames are too large.
    """
    name = Path(path).name
    capture = cv2.VideoCapture(str(path))
    try:
        opened = capture.isOpened()
        count, rate, width, height = (capture.get(key) for key in (
            cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    finally:
        capture.release()
    if not opened or width * height < 1:
        raise DatasetError(f'{name} cannot be read: it is damaged or has no picture; convert it, for example to MP4.')
    check_numbers(name, count, rate, width, height, limits)
    return count / rate if count > 0 and rate > 0 else None


def check_numbers(name: str, count: float, rate: float, width: float, height: float, limits: Limits) -> None:
    """Check what :func:`check_extent` found out.

    Args:
        name (str): Of the video, for the message.
        count (float): Frames; 0 or less if the file does not tell.
        rate (float): Frames per second; 0 or less if the file does not tell.
        width (float): Of a frame, in pixels.
        height (float): Of a frame, in pixels.
        limits (Limits): What is allowed.

    Raises:
        DatasetError: If a number is above its limit.
    """
    if width * height > limits.pixels:
        raise DatasetError(f'{name} has frames of {width:.0f}x{height:.0f} pixels, which is too large here: scale it '
                           'down, for example to 1280 pixels in width.')
    if count > limits.frames:
        raise DatasetError(f'{name} has {count:.0f} frames, and the limit is {limits.frames}: cut the video to the '
                           'seconds that matter.')
    if rate > 0 and count / rate > limits.seconds:
        raise DatasetError(f'{name} lasts {count / rate:.0f} s, and the limit is {limits.seconds:g} s: cut the video '
                           'to the seconds that matter.')
