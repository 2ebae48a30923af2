"""Folds on this machine, each in a process of its own, forked from a server that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import connection
from typing import Any

from .command import FoldStart, Job
from .devices import Slot

SERVER = 'fdp_mmaction.engine.loso.preload'


class LocalTask:
    """A fold that runs on this machine.

    Args:
        job (Job): The fold.
        slot (Slot): Where it runs.
        process: A ``multiprocessing`` process or a ``Popen``; leads a process group.
    """

    def __init__(self, job: Job, slot: Slot, process: Any) -> None:
        self.job, self.slot, self.process = job, slot, process

    def exit_code(self) -> int | None:
        """None while it runs. What a killed fold left running is ended, too."""
        forked = not isinstance(self.process, subprocess.Popen)
        code = self.process.exitcode if forked else self.process.poll()
        if code:
            self.stop(signal.SIGKILL)
        return code

    def stop(self, signum: int) -> None:
        """Send a signal to the process and its children."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signum)


class LocalLauncher:
    """Runs as many folds side by side as there are slots.

    Args:
        start (FoldStart): What they are started with.
        slots (Sequence[Slot]): Room for folds.
    """

    patience = 0.0

    def __init__(self, start: FoldStart, slots: Sequence[Slot]) -> None:
        self.start_with, self.slots = start, list(slots)
        self.context = multiprocessing.get_context('forkserver')
        if start.processes == 1:
            start_server(start)

    def free(self) -> int:
        """Folds that may be started now."""
        return len(self.slots)

    def start(self, jobs: Sequence[Job]) -> list[LocalTask]:
        """Start folds, no more than :meth:`free`."""
        return [self._start(job, self.slots.pop(0)) for job in jobs]

    def _start(self, job: Job, slot: Slot) -> LocalTask:
        start = self.start_with
        if start.processes > 1:
            return LocalTask(job, slot, subprocess.Popen(
                start.command(job), cwd=start.folder, start_new_session=True, stdin=subprocess.DEVNULL,
                env=dict(os.environ, **start.environment(), **slot.environment)))
        environment = dict(os.environ, **start.environment(), **slot.environment)
        start_server(start)      # unless it runs
        process = self.context.Process(target=serve_fold, args=(start, job, environment))
        process.start()
        return LocalTask(job, slot, process)

    def wait(self, tasks: Sequence[LocalTask], seconds: float) -> None:
        """Wait until a fold ends, but not longer than some seconds."""
        sentinels = [task.process.sentinel for task in tasks if not isinstance(task.process, subprocess.Popen)]
        if sentinels:
            connection.wait(sentinels, seconds)
        else:
            time.sleep(seconds)

    def ended(self, task: LocalTask) -> None:
        """Take the room of a fold back."""
        self.slots.insert(0, task.slot)

    def stop(self, tasks: Sequence[LocalTask], seconds: float = 5.0) -> None:
        """End folds with all their children: kindly first, then for good."""
        for task in tasks:
            task.stop(signal.SIGTERM)
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(task.exit_code() is None for task in tasks):
            time.sleep(0.05)
        for task in tasks:
            task.stop(signal.SIGKILL)


def start_server(start: FoldStart) -> None:
    """Start the server in the background, where it imports what folds need while this process goes on.

    Args:
        start (FoldStart): Gives the number of threads, which libraries read when they are loaded.
    """
    from multiprocessing import forkserver
    # NVML answers whether there is a GPU without initialising CUDA, which a forked process could not use any more
    variables = dict(start.environment(), PYTORCH_NVML_BASED_CUDA_CHECK='1')
    kept = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        forkserver.set_forkserver_preload([SERVER])
        forkserver.ensure_running()
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def serve_fold(start: FoldStart, job: Job, environment: dict[str, str]) -> None:
    """What a forked process does.

    Args:
        start (FoldStart): What folds are started with.
        job (Job): The fold.
        environment (dict[str, str]): All variables.
    """
    started = time.time()
    os.setsid()      # a group of its own: its data-loading workers end with it, and Ctrl-C reaches the scheduler alone
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(start.folder)
    import torch
    if torch.cuda._is_in_bad_fork():      # the server did initialise CUDA: begin anew, at the price of the imports
        os.execve(sys.executable, start.command(job), environment)
    from .process import run_in_this_process
    run_in_this_process(job, start.threads, start.keep, started)
