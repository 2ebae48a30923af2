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
from .time_left import Progress, remaining_seconds


def running_scores(results: Sequence[FoldResult], selection: str, num_classes: int) -> dict[str, float]:
    """``UF1`` and ``ACC`` of all votes so far, over folds and seeds; empty before the first."""
    name = LAST if selection == COMPARE else selection
    votes = [vote for result in results for vote in result.predictions.get(name, ())]
    if not votes:
        return {}
    scores = scores_from_confusion(confusion_matrix([vote.label for vote in votes],
                                                    [vote.prediction for vote in votes], num_classes))
    return {key: scores[key] for key in ('UF1', 'ACC')}


def going_on(done: int, total: int, cut_off: int) -> str:
    """What a command that goes on with an earlier run says first; empty where there is none.

    Args:
        done (int): Folds that are done.
        total (int): All folds that were asked for.
        cut_off (int): Folds that left a checkpoint, but no result.
    """
    if not (done or cut_off):
        return ''
    if done == total:
        return f'All {total} folds were done before.'
    text = f'Going on with an earlier run: {done} of {total} folds are done'
    if cut_off:
        text += f'; {cut_off} that {"was" if cut_off == 1 else "were"} cut off ' \
                f'{"goes" if cut_off == 1 else "go"} on from the last checkpoint'
    return f'{text}.'


def time_left_text(seconds: float | None) -> str:
    """An estimate in words, no finer than it deserves."""
    if seconds is None:
        return 'time left unknown'
    return 'a few seconds left' if seconds < 10 else f'about {seconds_text(seconds)} left'


class RichDisplay:
    """A live table on a terminal; one line per fold elsewhere.

    Args:
        done (Sequence[FoldResult]): Folds done before.
        total (int): All folds of the run.
        selection (str): Of the run.
        num_classes (int): Number K of classes.
        cut_off (int): Folds that go on from a checkpoint of an earlier command. Defaults to 0.
    """

    def __init__(self, done: Sequence[FoldResult], total: int, selection: str, num_classes: int,
                 cut_off: int = 0) -> None:
        from rich.console import Console
        from rich.live import Live
        self.results, self.total = list(done), total
        self.selection, self.num_classes = selection, num_classes
        self.greeting = going_on(len(self.results), total, cut_off)
        self.console = Console(highlight=False)
        self.live = Live(console=self.console, refresh_per_second=4, transient=True)
        self.begin = time.monotonic()
        self.paces: list[tuple[float, float]] = []      # of folds that ended: seconds, and the part done in them
        self.failures = self.side_by_side = 0
        self.begun: dict[FoldJob, Progress] = {}
        self.scores = running_scores(self.results, selection, num_classes)

    def __enter__(self) -> RichDisplay:
        if self.greeting:
            self.console.print(self.greeting, soft_wrap=True)
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
            self.paces.append((time.monotonic() - begun.since, 1 - begun.first))
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
        now = time.monotonic()
        folds: list[Progress] = []
        lines = []
        for job in running:
            epochs = read_progress(job.folder)
            if epochs is None:      # given to Ray or Slurm, which have not begun with it
                waiting += 1
                continue
            seen = self.begun.setdefault(job, Progress(now))
            seen.look(now, *epochs)
            folds.append(seen)
            lines.append(f'  {job}: ' + (f'epoch {epochs[0]} of {epochs[1]}' if epochs[1] else 'starting'))
        self.side_by_side = max(self.side_by_side, len(folds))
        if not self.live.is_started:
            return
        left = remaining_seconds(self.paces, folds, waiting, self.side_by_side, now)
        head = (f'{len(self.results)} of {self.total} folds done, {len(folds)} running, {waiting} waiting, '
                f'{self.failures} failed; {seconds_text(now - self.begin)} so far'
                + (f', {time_left_text(left)}' if folds or waiting else ''))
        self.live.update('\n'.join([self._bar(), head, self._scores(), *lines[:12]]))

    def _bar(self, width: int = 40) -> str:
        full = round(width * len(self.results) / max(self.total, 1))
        return '█' * full + '░' * (width - full)

    def _scores(self) -> str:
        return 'so far ' + '  '.join(f'{name} {value:.3f}' for name, value in self.scores.items()) if self.scores \
            else ''
