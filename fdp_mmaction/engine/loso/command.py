"""How a fold's process is started, here or elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .results import FoldResult, fold_folder, read_fold


class Job(Protocol):
    """Something that is run in a process of its own and leaves a result in its folder."""

    @property
    def folder(self) -> Path:
        """Where its log lies, which tells its process, too."""

    def result(self) -> Any:
        """What it left; None while it is not done.

        Raises:
            DatasetError: If that is damaged.
        """

    def run(self, started: float, keep: str) -> None:
        """Run it in this process, which began at ``started`` in seconds of ``time.time()``."""


@dataclass(frozen=True)
class FoldJob:
    """A fold that is to be run: folder of the run, left-out subject and seed."""

    out: Path
    subject: str
    seed: int

    def __str__(self) -> str:
        return f'{self.subject}, seed {self.seed}'

    @property
    def folder(self) -> Path:
        """Its work directory."""
        return fold_folder(self.out, self.seed, self.subject)

    def result(self) -> FoldResult | None:
        """Its result, if it is done."""
        return read_fold(self.folder)

    def run(self, started: float, keep: str) -> None:
        """Run it in this process."""
        from .fold import run_fold      # imports the host
        run_fold(self.out, self.subject, self.seed, started=started, keep=keep)


@dataclass(frozen=True)
class FoldStart:
    """What all folds of a run are started with.

    Args:
        threads (int): Of each process. Defaults to 1.
        processes (int): That train one fold together. Defaults to 1.
        keep (str): Checkpoints that stay, see :func:`~fdp_mmaction.engine.loso.fold.train_fold`. Defaults to
            ``'last'``.
        folder (str): Working directory, which relative paths of configs start from. Defaults to the current one.
    """

    threads: int = 1
    processes: int = 1
    keep: str = 'last'
    folder: str = field(default_factory=os.getcwd)

    def environment(self) -> dict[str, str]:
        """Variables that limit the threads of a process; they count when libraries are loaded."""
        threads = str(self.threads)
        return dict(OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads, OPENBLAS_NUM_THREADS='1')

    def command(self, job: FoldJob) -> list[str]:
        """Command line of the fold's process."""
        return [sys.executable, '-m', 'fdp_mmaction.engine.loso.process', str(job.out), job.subject, '--seed',
                str(job.seed), '--threads', str(self.threads), '--processes', str(self.processes), '--keep', self.keep,
                '--started', repr(time.time())]

    def run(self, job: FoldJob, variables: dict[str, str]) -> int:
        """Run a fold in a new process on whatever machine this is, and wait for it.

        Args:
            job (FoldJob): The fold.
            variables (dict[str, str]): Further variables of its environment.

        Returns:
            int: Its exit code, 0 when it is done.
        """
        return subprocess.run(self.command(job), cwd=self.folder, check=False, stdin=subprocess.DEVNULL,
                              env=dict(os.environ, **variables, **self.environment())).returncode


def travelling_variables() -> dict[str, str]:
    """Variables of this process that a fold on another machine needs: where modules and data are."""
    return {name: value for name, value in os.environ.items() if name == 'PYTHONPATH' or name.startswith('ME_')}
