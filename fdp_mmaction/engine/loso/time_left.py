"""How long a run will go on, by the pace of what was trained since this command began."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Progress:
    """A fold as this command has seen it.

    Args:
        since (float): When it was first seen, in seconds of any clock.
        first (float): Part of its epochs, in [0, 1], that earlier attempts had done. Defaults to 0.
        part (float): Part that is done now. Defaults to 0.
        mark (float): When that last grew. Defaults to 0.
    """

    since: float
    first: float = 0.0
    part: float = 0.0
    mark: float = 0.0
    _begun: bool = False

    def look(self, now: float, epoch: int, epochs: int) -> None:
        """Take note of the epochs that are done; ``epochs`` is 0 while the fold only starts.

        What it has done when it is first seen, and when it begins again, is not of this attempt.
        """
        if not epochs:
            self._begun = False
            return
        part = epoch / epochs
        if not self._begun or part < self.part:
            self.first, self.part, self.mark, self._begun = part, part, now, True
        elif part > self.part:
            self.part, self.mark = part, now

    @property
    def done(self) -> float:
        """Part that this attempt has done."""
        return self.part - self.first

    @property
    def seconds(self) -> float:
        """What that part took."""
        return self.mark - self.since if self.done > 0 else 0.0


def remaining_seconds(finished: Sequence[tuple[float, float]], running: Sequence[Progress], waiting: int,
                      side_by_side: int, now: float) -> float | None:
    """How long a run will go on.

    Args:
        finished (Sequence[tuple[float, float]]): Of folds that ended since the command began: seconds, and the part of
            a fold that was done in them.
        running (Sequence[Progress]): Folds that run.
        waiting (int): Folds that have not begun; they are taken for whole ones.
        side_by_side (int): Folds that can run at once.
        now (float): By the clock of ``running``.

    Returns:
        float | None: Seconds, at least 0; None while nothing is known.
    """
    seconds = sum(took for took, _ in finished) + sum(fold.seconds for fold in running)
    parts = sum(part for _, part in finished) + sum(fold.done for fold in running)
    if parts <= 0:
        return None
    typical = seconds / parts
    slots = []
    for fold in running:
        pace = fold.seconds / fold.done if fold.done > 0 else typical
        slots.append(max(pace * (1 - fold.part) - (now - (fold.mark or fold.since)), 0.0))
    slots += [0.0] * (max(side_by_side, 1) - len(slots))
    heapq.heapify(slots)
    for _ in range(waiting):
        heapq.heapreplace(slots, slots[0] + typical)
    return max(slots)
