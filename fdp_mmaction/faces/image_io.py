"""Reading image files strictly: a damaged file is an error, never a half-grey picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fdp_mmaction.errors import DatasetError

from .video_io import read_video_frame, split_address

_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}   # TEM, RST0..7, SOI


def jpeg_is_complete(data: bytes) -> bool:
    """Whether a JPEG stream reaches its end marker.

    Some decoders fill the missing part of a truncated JPEG with grey and report success. Inside the
    compressed data the byte pair ``FF D9`` cannot occur, so the stream is complete if and only if the
    pair follows the header of the first scan. Headers are walked by their length, because a thumbnail
    embedded in one of them carries an end marker of its own.

    Args:
        data (bytes): The whole file.

    Returns:
        bool: False for a truncated stream, and for anything that is not a JPEG.
    """
    if data[:2] != b'\xff\xd8':
        return False
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xFF:   # fill byte
            position += 1
            continue
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        position += 2 + int.from_bytes(data[position + 2:position + 4], 'big')
        if marker == _START_OF_SCAN:
            return data.find(b'\xff\xd9', position) >= 0
    return False


def read_gray(path: str | Path, name: str | None = None) -> np.ndarray:
    """Read an image file, or a frame of a video, as grey levels.

    Args:
        path (str | Path): A JPEG, PNG or BMP file, or the address of a frame, ``video.mp4#17``
            (see :mod:`.video_io`).
        name (str | None): How error messages call the file. Defaults to its file name.

    Returns:
        np.ndarray: ``(H, W)`` uint8.

    Raises:
        DatasetError: If the file cannot be read, is truncated, or is not an image.
    """
    address = split_address(path)
    if address is not None:
        return cv2.cvtColor(read_video_frame(*address), cv2.COLOR_RGB2GRAY)
    return _read(path, name, cv2.IMREAD_GRAYSCALE)


def read_colour(path: str | Path, name: str | None = None) -> np.ndarray:
    """Read an image file, or a frame of a video, in colour.

    Args:
        path (str | Path): A JPEG, PNG or BMP file, or the address of a frame, ``video.mp4#17``
            (see :mod:`.video_io`).
        name (str | None): How error messages call the file. Defaults to its file name.

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8, RGB.

    Raises:
        DatasetError: If the file cannot be read, is truncated, or is not an image.
    """
    address = split_address(path)
    if address is not None:
        return read_video_frame(*address)
    return cv2.cvtColor(_read(path, name, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _read(path: str | Path, name: str | None, mode: int) -> np.ndarray:
    name = name or Path(path).name
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DatasetError(f'Image {name} cannot be read ({error.strerror}): copy it again.') from None
    if data[:2] == b'\xff\xd8' and not jpeg_is_complete(data):
        raise DatasetError(f'Image {name} is truncated: copy it again from the original release.')
    image = None
    if data:
        try:
            image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), mode)
        except cv2.error:
            image = None
    if image is None:
        raise DatasetError(f'Image {name} is damaged or not an image: copy it again from the original release.')
    return image
