"""A clip to look at: frames, their numbers, and the apex where it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fdp_mmaction.errors import DatasetError

PARTS = ('whole', 'onset-apex')


def check_order(start: int | None, end: int | None) -> None:
    """Refuse a part that ends before it begins.

    Args:
        start (int, optional): First frame number.
        end (int, optional): Last frame number.

    Raises:
        DatasetError: If ``start`` lies after ``end``.
    """
    if start is not None and end is not None and start > end:
        raise DatasetError(f'The start {start} lies after the end {end}: exchange them.')


@dataclass(frozen=True)
class Clip:
    """Frames of one clip in chronological order.

    Args:
        name (str): For headings and errors, such as a sample id or a file name.
        frames (np.ndarray): ``(F, H, W)`` grey or ``(F, H, W, 3)`` RGB, uint8.
        frame_ids (np.ndarray): ``(F,)`` frame numbers as the source counts them, increasing.
        apex (int, optional): Frame number of the apex. Defaults to None, unknown.
        label (str): What the clip shows, such as its emotion. Defaults to empty.

    Raises:
        DatasetError: If there are fewer than two frames, or not one number for each.
    """

    name: str
    frames: np.ndarray
    frame_ids: np.ndarray
    apex: int | None = None
    label: str = ''

    def __post_init__(self) -> None:
        if len(self.frames) < 2:
            raise DatasetError(f'{self.name} has {len(self.frames)} frame{"" if len(self.frames) == 1 else "s"} here, '
                               'but a dynamic image shows the change between at least two: choose more.')

        if len(self.frames) != len(self.frame_ids):
            raise DatasetError(f'{self.name} has {len(self.frames)} frames but {len(self.frame_ids)} frame numbers: '
                               'prepare the dataset again.')

    @property
    def apex_index(self) -> int | None:
        """Position of the apex, or of the first frame after it where its own is missing; None if unknown."""
        if self.apex is None:
            return None
        return int(np.searchsorted(self.frame_ids[:-1], self.apex))

    def between(self, start: int | None = None, end: int | None = None) -> Clip:
        """The frames with numbers from ``start`` to ``end``, both included.

        Args:
            start (int, optional): First number. Defaults to None, the clip's first.
            end (int, optional): Last number. Defaults to None, the clip's last.

        Returns:
            Clip: The part; the apex is unknown if it lies outside.

        Raises:
            DatasetError: If fewer than two frames lie there.
        """
        check_order(start, end)
        first, last = int(self.frame_ids[0]), int(self.frame_ids[-1])
        start, end = first if start is None else start, last if end is None else end
        inside = (self.frame_ids >= start) & (self.frame_ids <= end)
        if inside.sum() < 2:
            raise DatasetError(f'{self.name} has frames {first} to {last}, of which {inside.sum()} lie between {start} '
                               f'and {end}: choose at least two.')
        if inside.all():
            return self
        apex = self.apex if self.apex is not None and start <= self.apex <= end else None
        return replace(self, frames=self.frames[inside], frame_ids=self.frame_ids[inside], apex=apex)

    def part(self, name: str) -> Clip:
        """The whole clip, or the rising half of an expression.

        Args:
            name (str): ``'whole'`` or ``'onset-apex'``.

        Returns:
            Clip: The part, apex included.

        Raises:
            DatasetError: If the apex is wanted and unknown.
        """
        if name == 'whole':
            return self
        if self.apex is None:
            raise DatasetError(f'The apex of {self.name} is not known: give its frame number with --apex, or choose '
                               'the part with --start and --end.')
        return self.between(end=int(self.frame_ids[self.apex_index]))

    def with_apex(self, apex: int | None) -> Clip:
        """The clip with its apex set.

        Args:
            apex (int, optional): Frame number. Defaults to None, leave it as it is.

        Returns:
            Clip: The clip.

        Raises:
            DatasetError: If the number lies outside.
        """
        if apex is None:
            return self
        first, last = int(self.frame_ids[0]), int(self.frame_ids[-1])
        if not first <= apex <= last:
            raise DatasetError(f'{self.name} has frames {first} to {last}, so {apex} cannot be its apex.')
        return replace(self, apex=apex)
