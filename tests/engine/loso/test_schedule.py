"""The scheduler's decisions, with folds that are only pretended; real ones are killed in test_local.py."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

from fdp_mmaction.engine.loso.command import FoldJob
from fdp_mmaction.engine.loso.results import FOLD, FoldResult, fold_folder, write_fold
from fdp_mmaction.engine.loso.schedule import log_tail, missing_jobs, run_folds, watching_signals

HEADER = dict(seeds=[0, 1], subjects=['a', 'b/c'])


def finish(job: FoldJob) -> None:
    write_fold(job.folder, FoldResult(job.subject, job.seed, {}, {}, 1))


class Task:
    def __init__(self, job: FoldJob, code: int) -> None:
        self.job, self.code, self.looks = job, code, 0

    def exit_code(self) -> int | None:
        self.looks += 1
        return self.code if self.looks > 2 else None


class Launcher:
    """Ends every fold after a moment: well, unless ``outcomes`` names codes for its next attempts."""

    patience = 0.0

    def __init__(self, room: int = 2, outcomes: dict[str, list[int]] | None = None) -> None:
        self.room, self.outcomes = room, outcomes or {}
        self.started: list[FoldJob] = []
        self.running: set[FoldJob] = set()
        self.most, self.stopped = 0, None

    def free(self) -> int:
        return self.room - len(self.running)

    def start(self, jobs) -> list[Task]:
        self.started += jobs
        self.running |= set(jobs)
        self.most = max(self.most, len(self.running))
        tasks = []
        for job in jobs:
            code = (self.outcomes.get(job.subject) or [0]).pop(0)
            if code == 0:
                finish(job)
            tasks.append(Task(job, code))
        return tasks

    def wait(self, tasks, seconds: float) -> None:
        pass

    def ended(self, task: Task) -> None:
        self.running.remove(task.job)

    def stop(self, tasks) -> None:
        self.stopped = [task.job for task in tasks]


class Display:
    def __init__(self) -> None:
        self.told: list = []

    def finished(self, job: FoldJob, result: FoldResult) -> None:
        assert job.subject == result.subject
        self.told.append(result.subject)

    def failed(self, job: FoldJob, again: bool) -> None:
        self.told.append((job.subject, again))

    def update(self, running, waiting: int) -> None:
        pass


def test_all_folds_run_once_and_never_too_many(tmp_path: Path) -> None:
    jobs = [FoldJob(tmp_path, f's{k}', 0) for k in range(7)]
    launcher = Launcher(room=3)
    outcome = run_folds(jobs, launcher, Display())
    assert Counter(launcher.started) == Counter(jobs) and launcher.most == 3
    assert {result.subject for result in outcome.finished} == {job.subject for job in jobs}
    assert outcome.failed == {} and outcome.signum is None and launcher.stopped == []


def test_a_failed_fold_is_tried_once_more_while_the_others_go_on(tmp_path: Path) -> None:
    jobs = [FoldJob(tmp_path, name, 0) for name in 'abcd']
    log = fold_folder(tmp_path, 0, 'c') / 'log.txt'
    log.parent.mkdir(parents=True)
    log.write_text('\n'.join(f'line {k}' for k in range(40)) + '\nerror: no frames.')
    launcher, display = Launcher(outcomes=dict(b=[1], c=[-9, 2])), Display()
    outcome = run_folds(jobs, launcher, display)
    assert [result.subject for result in outcome.finished] == ['a', 'd', 'b']
    assert list(outcome.failed) == [jobs[2]]
    tail = outcome.failed[jobs[2]].splitlines()
    assert tail[-1] == 'error: no frames.' and len(tail) == 15
    assert display.told == ['a', ('b', True), ('c', True), 'd', 'b', ('c', False)]


def test_a_fold_that_ends_well_without_a_result_has_failed(tmp_path: Path) -> None:
    class Silent(Launcher):
        def start(self, jobs) -> list[Task]:
            self.running |= set(jobs)
            return [Task(job, 0) for job in jobs]

    outcome = run_folds([FoldJob(tmp_path, 'a', 0)], Silent(), Display())
    assert outcome.failed == {FoldJob(tmp_path, 'a', 0): '(it wrote no log)'}


def test_a_fold_that_is_killed_after_its_result_is_done(tmp_path: Path) -> None:
    class Late(Launcher):
        def start(self, jobs) -> list[Task]:
            super().start(jobs)
            return [Task(job, -9) for job in jobs]

    assert len(run_folds([FoldJob(tmp_path, 'a', 0)], Late(), Display()).finished) == 1


@pytest.mark.parametrize('signum', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_what_runs(tmp_path: Path, signum: int) -> None:
    class Signalled(Launcher):
        def wait(self, tasks, seconds: float) -> None:
            os.kill(os.getpid(), signum)

    before = signal.getsignal(signum)
    jobs = [FoldJob(tmp_path, name, 0) for name in 'abcd']
    launcher = Signalled(room=1)
    outcome = run_folds(jobs, launcher, Display())
    assert outcome.signum == signum and launcher.started == jobs[:1] and launcher.stopped == jobs[:1]
    assert signal.getsignal(signum) is before


@pytest.mark.parametrize('late', [False, True])
def test_a_fold_that_ends_with_the_run_has_not_failed(tmp_path: Path, late: bool) -> None:
    """A signal to the whole process group reaches the fold as well, and sometimes the fold first."""
    class Signalled(Launcher):
        def wait(self, tasks, seconds: float) -> None:
            for task in tasks:
                task.looks = 3
            if late:
                threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
            else:
                os.kill(os.getpid(), signal.SIGTERM)

    display = Display()
    outcome = run_folds([FoldJob(tmp_path, 'a', 0)], Signalled(outcomes=dict(a=[-15])), display)
    assert (outcome.signum, outcome.failed, display.told) == (signal.SIGTERM, {}, [])


def test_an_error_of_the_scheduler_leaves_nothing_running(tmp_path: Path) -> None:
    class Broken(Launcher):
        def wait(self, tasks, seconds: float) -> None:
            raise OSError('no more files')

    launcher = Broken()
    with pytest.raises(OSError, match='no more files'):
        run_folds([FoldJob(tmp_path, 'a', 0)], launcher, Display())
    assert launcher.stopped == [FoldJob(tmp_path, 'a', 0)]


def test_signals_are_left_alone_in_other_threads() -> None:
    found: list = []

    def look() -> None:
        with watching_signals() as received:
            found.append(received)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [[]]


def test_what_is_missing(tmp_path: Path) -> None:
    finish(FoldJob(tmp_path, 'a', 0))
    damaged = fold_folder(tmp_path, 1, 'b/c') / FOLD
    damaged.parent.mkdir(parents=True)
    damaged.write_text('{"subject"')
    jobs, done = missing_jobs(tmp_path, HEADER)
    assert [(job.subject, job.seed) for job in jobs] == [('b/c', 0), ('a', 1), ('b/c', 1)] and not damaged.exists()
    assert [(result.subject, result.seed) for result in done] == [('a', 0)]
    assert missing_jobs(tmp_path, HEADER, ['a'], [1])[0] == [FoldJob(tmp_path, 'a', 1)]


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    assert log_tail(FoldJob(tmp_path, 'a', 0)) == '(it wrote no log)'
