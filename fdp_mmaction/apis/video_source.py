"""The frames of what a user gives: a video file, a folder of images, an array."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Union

import cv2
import numpy as np
import torch

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.video_io import count_video_frames, frame_address
from fdp_mmaction.visualization.clip_sources import list_image_folder

from .frame_times import announced_frames, frame_times

Input = Union[str, PathLike, np.ndarray, torch.Tensor]

_IMAGES = ('.jpg', '.jpeg', '.png', '.bmp')
_WHOLE = 0.98
"""Share of the announced frames from which on a file counts as whole: some formats only estimate their number."""


@dataclass(frozen=True)
class Part:
    """Which part of a source is wanted; numbers as the source counts its frames.

    Attributes:
        onset (int | None): First frame; None for the first there is.
        offset (int | None): Last frame; None for the last there is.
        apex (int | None): Frame of the maximum; None for the middle.
        fps (float | None): Frames per second, in place of what the source tells.
    """

    onset: int | None = None
    offset: int | None = None
    apex: int | None = None
    fps: float | None = None

    def __post_init__(self) -> None:
        if self.onset is not None and self.offset is not None and self.onset > self.offset:
            raise DatasetError(f'The onset {self.onset} comes after the offset {self.offset}: exchange them.')
        if self.apex is not None and not (self.onset or 0) <= self.apex <= (
                self.apex if self.offset is None else self.offset):
            raise DatasetError(f'The apex {self.apex} does not lie between onset and offset: correct it, or leave it '
                               'out.')
        if self.fps is not None and not 0 < self.fps < float('inf'):
            raise DatasetError(f'Frames per second are a number above 0; got {self.fps}.')


WHOLE = Part()
"""All frames of a source."""


@dataclass(frozen=True)
class SourceFrames:
    """The frames of a source that are wanted; the landmark sources take it for a clip.

    Attributes:
        source (str): What the user gave, or ``'array'`` with its number.
        path (Path | None): The file or folder; None for an array.
        subject (str): Under which landmark files lie; empty where none are wanted.
        clip (str): How landmark files are called, and figures.
        frame_ids (tuple[int, ...]): Frame numbers as the source counts them, increasing.
        frame_paths (tuple[str, ...]): Image files, or addresses ``video.mp4#17``.
        times (np.ndarray | None): ``(F,)`` seconds since the beginning of the source; None where unknown.
        timed (bool): Whether these are timestamps of the file.
        remarks (tuple[str, ...]): What the user should know.
    """

    source: str
    path: Path | None
    subject: str
    clip: str
    frame_ids: tuple[int, ...]
    frame_paths: tuple[str, ...]
    times: np.ndarray | None = None
    timed: bool = False
    remarks: tuple[str, ...] = ()


def name_of(item: Input, index: int) -> str:
    """How a source is called.

    Args:
        item (Input): What the user gave.
        index (int): Its position among the inputs.

    Returns:
        str: Its path, or ``'array'`` with its number.
    """
    return str(item) if isinstance(item, (str, PathLike)) else f'array{index}'


def open_source(item: Input, index: int, part: Part, scratch: Path) -> SourceFrames:
    """List the frames of a source.

    Args:
        item (Input): A video file, a folder of images, or frames ``(F, H, W)`` or ``(F, H, W, 3)`` RGB, uint8.
        index (int): Its position among the inputs.
        part (Part): Which of its frames.
        scratch (Path): An empty folder; the frames of an array are put there as image files.

    Returns:
        SourceFrames: At least one frame.

    Raises:
        DatasetError: If it is missing, cannot be read, or has no such frames.
    """
    name, remarks, times = name_of(item, index), (), None
    path = Path(item).expanduser() if isinstance(item, (str, PathLike)) else None
    if path is None:
        frames = _array_frames(item, name, part, scratch)
    elif path.is_dir():
        frames = list_image_folder(path)
    else:
        frames, times, remarks = _video_frames(path)
    if part.fps is not None and frames:
        times = (np.array([number for number, _ in frames]) - frames[0][0]) / part.fps
    inside = [row for row, (number, _) in enumerate(frames)
              if (part.onset is None or number >= part.onset) and (part.offset is None or number <= part.offset)]
    _check_inside(name, part, [number for number, _ in frames], len(inside), remarks)
    clip = path.stem if path is not None and path.is_file() else path.resolve().name if path is not None else name
    return SourceFrames(name, path, '', clip, tuple(frames[row][0] for row in inside),
                        tuple(str(frames[row][1]) for row in inside), None if times is None else times[inside],
                        part.fps is None and times is not None, remarks)


def _check_inside(name: str, part: Part, numbers: list[int], inside: int, remarks: tuple[str, ...]) -> None:
    first, last = numbers[0], numbers[-1]
    outside = [f'the {what} {number}' for what, number in (('onset', part.onset), ('offset', part.offset))
               if number is not None and not first <= number <= last]
    if outside:
        what = f'{" and ".join(outside)} {"do" if len(outside) > 1 else "does"} not lie there'
        remedy = f'correct {"them" if len(outside) > 1 else "it"}'
    elif not inside:
        what, remedy = f'none of them from {part.onset} to {part.offset}', 'correct onset and offset'
    else:
        return
    raise DatasetError(f'{name} has {len(numbers)} frames, {first} to {last}, and {what}: {remedy}.'
                       + ''.join(f' {remark}' for remark in remarks))


def _video_frames(path: Path) -> tuple[list[tuple[int, str]], np.ndarray | None, tuple[str, ...]]:
    if not path.is_file():
        raise DatasetError(f'{path} does not exist: name a video file or a folder of frame images.')
    if path.suffix.lower() in _IMAGES:
        raise DatasetError(f'{path} is a single image, and a micro-expression is a movement: name a video file, or the '
                           'folder of the frame images.')
    count, announced = count_video_frames(path), announced_frames(path)
    remarks = ()
    if count < _WHOLE * announced - 1:
        remarks = (f'{path.name} announces {announced} frames and ends after {count}: it seems truncated; copy it '
                   'again if the end matters.',)
    return [(number, frame_address(path, number)) for number in range(count)], frame_times(path, count), remarks


def _array_frames(item: np.ndarray | torch.Tensor, name: str, part: Part, scratch: Path) -> list[tuple[int, str]]:
    """An array as files: what finds and aligns faces reads one frame at a time, by name."""
    frames = item.cpu().numpy() if isinstance(item, torch.Tensor) else np.asarray(item)
    if frames.dtype != np.uint8 or not (frames.ndim == 3 or frames.ndim == 4 and frames.shape[3] == 3) or \
            0 in frames.shape:
        raise DatasetError(f'{name}: frames are an array (F, H, W) or (F, H, W, 3) of uint8; got {frames.shape} of '
                           f'{frames.dtype}.')
    listed = []
    for number, frame in enumerate(frames):
        path = scratch / f'{number}.bmp'
        listed.append((number, str(path)))
        if (part.onset or 0) <= number <= (number if part.offset is None else part.offset):
            cv2.imwrite(str(path), frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    return listed
