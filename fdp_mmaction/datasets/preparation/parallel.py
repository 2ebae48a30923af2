"""Working on many clips, in this process or in several; above all rendering them into a prepared folder."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context, parent_process
from typing import NamedTuple

import cv2
import numpy as np

from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.missing import ClipSkipped

from .folder import PreparedFolder

Render = Callable[..., 'RenderedClip | tuple[np.ndarray, np.ndarray | None]']
OnDone = Callable[[int, str, 'str | None'], None]


@dataclass(frozen=True)
class ClipTask:
    """One clip to render.

    Args:
        subject (str): Subject.
        clip (str): Clip.
        item (object): What ``render`` is given: a record or a plan; can be pickled.
    """

    subject: str
    clip: str
    item: object


class RenderedClip(NamedTuple):
    """What a clip became.

    Attributes:
        frames (np.ndarray): ``(F, size, size)`` uint8.
        landmarks (np.ndarray | None): ``(F, 68, 2)`` float32 in aligned pixels.
        fallbacks (tuple[Fallback, ...]): How its landmarks were found if not in the first way. Defaults to none.
    """

    frames: np.ndarray
    landmarks: np.ndarray | None
    fallbacks: tuple[Fallback, ...] = ()


Work = Callable[[ClipTask], None]


@dataclass(frozen=True)
class _Rendering:
    """Renders a clip and writes it."""

    render: Render
    folder: PreparedFolder

    def __call__(self, task: ClipTask) -> None:
        try:
            clip = RenderedClip(*self.render(task.item))
        except (DatasetError, FaceError) as error:
            fallbacks = error.fallbacks if isinstance(error, ClipSkipped) else ()
            self.folder.write_fallbacks(task.subject, task.clip, fallbacks)
            raise
        self.folder.write_fallbacks(task.subject, task.clip, clip.fallbacks)
        self.folder.write_clip(task.subject, task.clip, clip.frames, clip.landmarks)


def render_clips(tasks: Sequence[ClipTask], render: Render, folder: PreparedFolder, workers: int = 1,
                 on_done: OnDone | None = None) -> dict[int, str]:
    """Render clips and write them into a prepared folder.

    Args:
        tasks (Sequence[ClipTask]): The clips.
        render (Render): ``render(item)`` gives a :class:`RenderedClip`, or its frames and landmarks; can be pickled.
        folder (PreparedFolder): Where to write.
        workers (int): Number of processes; 1 works in this one. Defaults to 1.
        on_done (OnDone | None): As for :func:`run_clips`. Defaults to None.

    Returns:
        dict[int, str]: Why clips failed, by index in ``tasks``.
    """
    return run_clips(tasks, _Rendering(render, folder), workers, on_done)


def run_clips(tasks: Sequence[ClipTask], work: Work, workers: int = 1,
              on_done: OnDone | None = None) -> dict[int, str]:
    """Do something with every clip.

    A clip that cannot be worked on (:class:`DatasetError`, :class:`FaceError`) is reported and the others go on; any
    other exception ends the run. Several processes take a subject at a time, because what a clip
    costs is partly paid once per subject. On an interrupt the subjects under way are finished.

    Args:
        tasks (Sequence[ClipTask]): The clips.
        work (Work): ``work(task)``; can be pickled.
        workers (int): Number of processes; 1 works in this one. Defaults to 1.
        on_done (OnDone | None): Called after each clip with its index in ``tasks``, its name, and the failure or
            None. Defaults to None.

    Returns:
        dict[int, str]: Why clips failed, by index in ``tasks``.
    """
    failures: dict[int, str] = {}

    def note(index: int, failure: str | None) -> None:
        if failure is not None:
            failures[index] = failure
        if on_done is not None:
            on_done(index, f'{tasks[index].subject}/{tasks[index].clip}', failure)

    workers = min(workers, len(tasks))
    if workers <= 1:
        for index, task in enumerate(tasks):
            note(index, _failure(task, work))
        return failures
    pool = ProcessPoolExecutor(workers, mp_context=get_context('spawn'), initializer=_start_worker,
                               initargs=(work,))
    try:
        with _interrupts_ignored():   # inherited by the workers, so that only this process reacts to Ctrl-C
            futures = {pool.submit(_run_in_worker, [tasks[index] for index in part]): part
                       for part in _by_subject(tasks, most=-(-len(tasks) // workers))}
        for future in as_completed(futures):
            for index, failure in zip(futures[future], future.result()):
                note(index, failure)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return failures


def _by_subject(tasks: Sequence[ClipTask], most: int) -> Iterator[list[int]]:
    for _, group in groupby(range(len(tasks)), key=lambda index: tasks[index].subject):
        indices = list(group)
        yield from (indices[start:start + most] for start in range(0, len(indices), most))


def _failure(task: ClipTask, work: Work) -> str | None:
    try:
        work(task)
    except (DatasetError, FaceError) as error:
        return str(error)
    return None


_work: Work | None = None


def _start_worker(work: Work) -> None:
    global _work
    _work = work
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(tasks: Sequence[ClipTask]) -> list[str | None]:
    assert _work is not None
    return [_failure(task, _work) for task in tasks]


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
