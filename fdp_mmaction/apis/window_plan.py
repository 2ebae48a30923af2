"""Windows that slide along a video, in frames or in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fdp_mmaction.errors import DatasetError

SHARE = 4
"""Windows overlap so that every frame is in so many, unless a stride is given."""


@dataclass(frozen=True)
class WindowPlan:
    """How long windows are, and how far apart.

    Attributes:
        window (int | None): Frames from the first to the last of a window, both included.
        stride (int | None): Frames between the beginnings of neighbours.
        window_seconds (float | None): The same in seconds.
        stride_seconds (float | None): The same in seconds.

    Raises:
        DatasetError: If there is no length, a number is not above 0, or the same is said twice.
    """

    window: int | None = None
    stride: int | None = None
    window_seconds: float | None = None
    stride_seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ('window', 'stride'):
            frames, seconds = getattr(self, name), getattr(self, f'{name}_seconds')
            if frames is not None and seconds is not None:
                raise DatasetError(f'The {name} is given in frames and in seconds: choose one.')
            for value in (frames, seconds):
                if value is not None and not 0 < value < float('inf'):
                    raise DatasetError(f'The {name} is a number above 0; got {value}.')
        if self.window is None and self.window_seconds is None:
            raise DatasetError('A stride needs windows to move: give the window as well, in frames or in seconds.')

    def starts(self, num_frames: int, rate: float | None, name: str) -> tuple[np.ndarray, int]:
        """Where windows begin.

        Args:
            num_frames (int): Frames of the video.
            rate (float | None): Frames per second; None where unknown.
            name (str): For messages.

        Returns:
            tuple[np.ndarray, int]: ``(W,)`` int64 positions of their first frames, and their length in frames. Frames
            behind the last whole window are in none.

        Raises:
            DatasetError: If the video is shorter than a window, or its frame rate unknown and wanted.
        """
        length = self._frames(self.window, self.window_seconds, rate, name)
        stride = self._frames(self.stride, self.stride_seconds, rate, name) or max(length // SHARE, 1)
        if num_frames < length:
            raise DatasetError(f'{name} has {num_frames} frames here, fewer than a window of {length}: take a shorter '
                               'window.')
        return np.arange(0, num_frames - length + 1, stride, dtype=np.int64), length

    @staticmethod
    def _frames(frames: int | None, seconds: float | None, rate: float | None, name: str) -> int:
        if seconds is None:
            return frames or 0
        if rate is None:
            raise DatasetError(f'{name} does not tell its frames per second: give them (fps), or windows in frames.')
        return max(round(seconds * rate), 1)
