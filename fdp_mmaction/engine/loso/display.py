"""How far a run is, shown while it goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from fdp_mmaction.functional.metrics import confusion_matrix, scores_from_confusion

from .command import FoldJob
from .record import read_progress
from .report_text import seconds_text
from .results import FoldResult
from .select import COMPARE, LAST


def running_scores(results: Sequence[FoldResult], selection: str, num_classes: int) -> dict[str, float]:
    """``UF1`` and ``ACC`` of all votes so far, over folds and seeds; empty before the first."""
    name = LAST if selection == COMPARE else selection
    votes = [vote for result in results for vote in result.predictions.get(name, ())]
    if not votes:
        return {}
    scores = scores_from_confusion(confusion_matrix([vote.label for vote in votes],
                                                    [vote.prediction for vote in votes], num_classes))
    return {key: scores[key] for key in ('UF1', 'ACC')}


def remaining_seconds(typical: float | None, running: Sequence[tuple[float, float]], waiting: int,
                      side_by_side: int) -> float | None:
    """How long a run will go on.

    Args:
        typical (float | None): Mean seconds of the folds that are done; None before the first.
        running (Sequence[tuple[float, float]]): Of each running fold, the seconds it has run and the part of its
            epochs, in [0, 1], it has done meanwhile.
        waiting (int): Folds that have not begun.
        side_by_side (int): Folds that run at once.

    Returns:
        float | None: Seconds; None while nothing is known.
    """
    guesses = [seconds / part for seconds, part in running if part > 0]
    if typical is None:
        if not guesses:
            return None
        typical = sum(guesses) / len(guesses)
    left = [max(seconds / part - seconds if part > 0 else typical - seconds, 0.0) for seconds, part in running]
    return max([(sum(left) + waiting * typical) / max(side_by_side, 1), *left])


class RichDisplay:
    """A live table on a terminal; one line per fold elsewhere.

    Args:
        done (Sequence[FoldResult]): Folds done before.
        total (int): All folds of the run.
        selection (str): Of the run.
        num_classes (int): Number K of classes.
    """

    def __init__(self, done: Sequence[FoldResult], total: int, selection: str, num_classes: int) -> None:
        from rich.console import Console
        from rich.live import Live
        self.results, self.total = list(done), total
        self.selection, self.num_classes = selection, num_classes
        self.console = Console(highlight=False)
        self.live = Live(console=self.console, refresh_per_second=4, transient=True)
        self.begin = time.monotonic()
        self.durations: list[float] = []
        self.failures = 0
        self.begun: dict[FoldJob, tuple[float, float]] = {}
        self.scores = running_scores(self.results, selection, num_classes)

    def __enter__(self) -> RichDisplay:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self.live.is_started:
            self.live.stop()

    def finished(self, job: FoldJob, result: FoldResult) -> None:
        """A fold is done."""
        self.results.append(result)
        begun = self.begun.pop(job, None)
        if begun is not None:
            self.durations.append(time.monotonic() - begun[0])
        self.scores = running_scores(self.results, self.selection, self.num_classes)
        took = result.seconds.get('total')
        self.console.print(f'{len(self.results)}/{self.total}  {job}: done'
                           + (f' in {seconds_text(took)}' if took else '') + f'  {self._scores()}')

    def failed(self, job: FoldJob, again: bool) -> None:
        """A fold failed; ``again`` if it is tried once more."""
        self.begun.pop(job, None)
        self.failures += not again
        self.console.print(f'{job}: failed' + (', is tried again' if again else ' again'))

    def update(self, running: Sequence[FoldJob], waiting: int) -> None:
        """Show the state of now."""
        now, parts = time.monotonic(), []
        lines = []
        for job in running:
            epochs = read_progress(job.folder)
            if epochs is None:      # given to Ray or Slurm, which have not begun with it
                waiting += 1
                continue
            part = epochs[0] / epochs[1] if epochs[1] else 0.0
            since, first = self.begun.setdefault(job, (now, part))
            parts.append((now - since, max(part - first, 0.0) / max(1 - first, 1e-9)))
            lines.append(f'  {job}: ' + (f'epoch {epochs[0]} of {epochs[1]}' if epochs[1]
                                                                  else 'starting'))
        if not self.live.is_started:
            return
        typical = sum(self.durations) / len(self.durations) if self.durations else None
        left = remaining_seconds(typical, parts, waiting, len(parts))
        head = (f'{len(self.results)} of {self.total} folds done, {len(parts)} running, {waiting} waiting, '
                f'{self.failures} failed; {seconds_text(now - self.begin)} so far, '
                + ('time left unknown' if left is None else f'about {seconds_text(left)} left'))
        self.live.update('\n'.join([self._bar(), head, self._scores(), *lines[:12]]))

    def _bar(self, width: int = 40) -> str:
        full = round(width * len(self.results) / max(self.total, 1))
        return '█' * full + '░' * (width - full)

    def _scores(self) -> str:
        return 'so far ' + '  '.join(f'{name} {value:.3f}' for name, value in self.scores.items()) if self.scores \
            else ''
