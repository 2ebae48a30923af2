"""Runs the folds that are missing, tries failed ones once more, and stops cleanly."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fdp_mmaction.errors import DatasetError

from .command import FoldJob, Job
from .process import LOG
from .results import FOLD, FoldResult

ATTEMPTS = 2
GRACE = 0.3
"""Seconds in which the signal that ended a fold may reach this process, too."""


class Task(Protocol):
    """A fold that was started."""

    job: Job

    def exit_code(self) -> int | None:
        """None while it runs or waits."""


class Launcher(Protocol):
    """A way of starting folds: on this machine, through Ray, through Slurm.

    ``patience`` is how many seconds a result may take to become visible here after a fold has ended well.
    """

    patience: float

    def free(self) -> int:
        """Folds that may be started now."""

    def start(self, jobs: Sequence[Job]) -> list[Any]:
        """Start folds."""

    def wait(self, tasks: Sequence[Any], seconds: float) -> None:
        """Wait until a fold ends, but not longer than some seconds."""

    def ended(self, task: Any) -> None:
        """A fold has ended."""

    def stop(self, tasks: Sequence[Any]) -> None:
        """End folds with all their children."""


class Display(Protocol):
    """Shows how far a run is."""

    def finished(self, job: Any, result: Any) -> None:
        """A fold is done."""

    def failed(self, job: Any, again: bool) -> None:
        """A fold failed; ``again`` if it is tried once more."""

    def update(self, running: Sequence[Any], waiting: int) -> None:
        """Time has passed."""


@dataclass
class Outcome:
    """What became of the folds.

    Args:
        finished (list): Results of those that are done now.
        failed (dict[Job, str]): That failed twice, with the end of their log.
        signum (int | None): Signal that stopped the run, if one did.
    """

    finished: list[Any] = field(default_factory=list)
    failed: dict[Any, str] = field(default_factory=dict)
    signum: int | None = None


def missing_jobs(out: Path, header: Mapping[str, Any], subjects: Sequence[str] = (),
                 seeds: Sequence[int] = ()) -> tuple[list[FoldJob], list[FoldResult]]:
    """Which folds are to be run, and which are done.

    Args:
        out (Path): Folder of the run.
        header (Mapping): Its ``loso.json``.
        subjects (Sequence[str]): Only these. Defaults to none: all.
        seeds (Sequence[int]): Only these. Defaults to none: all.

    Returns:
        tuple[list[FoldJob], list[FoldResult]]: In order of seed and subject. A damaged result is deleted and counts
        as missing.
    """
    jobs, done = [], []
    for seed in seeds or header['seeds']:
        for subject in subjects or header['subjects']:
            job = FoldJob(out, subject, seed)
            try:
                result = job.result()
            except DatasetError:
                (job.folder / FOLD).unlink(missing_ok=True)
                result = None
            if result is None:
                jobs.append(job)
            else:
                done.append(result)
    return jobs, done


def run_folds(jobs: Sequence[Job], launcher: Launcher, display: Display) -> Outcome:
    """Run folds until all are done or have failed twice, or a signal stops the run.

    Args:
        jobs (Sequence[Job]): The folds.
        launcher (Launcher): Starts them.
        display (Display): Is told what happens.

    Returns:
        Outcome: What became of them. After a signal none runs any more.
    """
    outcome, pending, tries = Outcome(), deque(jobs), Counter()
    tasks: list[Any] = []
    with watching_signals() as received:
        try:
            while (pending or tasks) and not received:
                batch = [pending.popleft() for _ in range(min(launcher.free(), len(pending)))]
                if batch:
                    tries.update(batch)
                    tasks += launcher.start(batch)
                launcher.wait(tasks, 0.2)
                for task in [task for task in tasks if task.exit_code() is not None]:
                    tasks.remove(task)
                    launcher.ended(task)
                    job = task.job
                    result = _result(job, launcher.patience if task.exit_code() == 0 else 0)
                    if result is not None:
                        outcome.finished.append(result)
                        display.finished(job, result)
                        continue
                    if not received:
                        time.sleep(GRACE)
                    if received:      # ended, not failed
                        continue
                    again = tries[job] < ATTEMPTS
                    display.failed(job, again)
                    if again:
                        pending.append(job)
                    else:
                        outcome.failed[job] = log_tail(job)
                display.update([task.job for task in tasks], len(pending))
        finally:
            launcher.stop(tasks)
    outcome.signum = received[0] if received else None
    return outcome


def _result(job: Job, patience: float) -> Any:
    end = time.monotonic() + patience
    while True:
        try:
            result = job.result()
        except DatasetError:
            return None
        if result is not None or time.monotonic() >= end:
            return result
        time.sleep(0.2)


def log_tail(job: Job, lines: int = 15) -> str:
    """The last lines that a fold wrote."""
    try:
        return '\n'.join((job.folder / LOG).read_text(encoding='utf-8', errors='replace').splitlines()[-lines:])
    except OSError:
        return '(it wrote no log)'


@contextmanager
def watching_signals() -> Iterator[list[int]]:
    """Note SIGINT, SIGTERM and SIGHUP instead of ending at once; the former handlers come back afterwards.

    Yields:
        list[int]: Empty until a signal has come. Outside the main thread it stays so.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    former = {signum: signal.signal(signum, lambda number, frame: received.append(number))
              for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield received
    finally:
        for signum, handler in former.items():
            signal.signal(signum, handler)
