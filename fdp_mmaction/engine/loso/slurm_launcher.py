"""Folds as a Slurm array, through submitit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from fdp_mmaction.engine.launch import UsageError

from .command import FoldJob, FoldStart, travelling_variables


class FoldCall:
    """What a job of the array does; sent anew, it goes on from the fold's last checkpoint.

    Args:
        start (FoldStart): What folds are started with.
        job (FoldJob): The fold.
        variables (dict[str, str]): Of its environment.
    """

    def __init__(self, start: FoldStart, job: FoldJob, variables: dict[str, str]) -> None:
        self.start, self.job, self.variables = start, job, variables

    def __call__(self) -> int:
        """Run the fold; its exit code."""
        return self.start.run(self.job, self.variables)

    def checkpoint(self) -> Any:
        """Called before the time is up or the machine is taken away: submitit queues the same call again."""
        from submitit.helpers import DelayedSubmission
        return DelayedSubmission(self)


class SlurmTask:
    """A fold given to Slurm: ``job`` and submitit's handle."""

    def __init__(self, job: FoldJob, handle: Any) -> None:
        self.job, self.handle = job, handle
        self.code: int | None = None

    def exit_code(self) -> int | None:
        """None while it waits or runs."""
        if self.code is None and self.handle.done():
            self.code = 1
            with suppress(Exception):      # whatever submitit makes of a job that was lost
                self.code = int(self.handle.result())
        return self.code


class SlurmLauncher:
    """Submits all folds as one array.

    Args:
        start (FoldStart): What folds are started with.
        folder (Path): For what submitit writes, such as the jobs' own logs.
        gpus (bool): Ask for a GPU per process. Defaults to True.
        options (Mapping[str, Any]): Parameters of ``submitit.AutoExecutor``, such as ``slurm_partition``,
            ``timeout_min`` and ``slurm_array_parallelism``; ``cluster='local'`` runs them here. Defaults to none.

    Raises:
        UsageError: If submitit is not installed, there is no Slurm, or an option is unknown.
    """

    patience = 20.0

    def __init__(self, start: FoldStart, folder: Path, gpus: bool = True,
                 options: Mapping[str, Any] | None = None) -> None:
        try:
            import submitit
        except ImportError:
            raise UsageError("submitit is not installed: pip install 'fdp-mmaction[slurm]', or leave --launcher slurm "
                             'out.') from None
        options = dict(options or {})
        wanted: dict[str, Any] = dict(name=f'loso_{folder.absolute().parent.name}', nodes=1, tasks_per_node=1,
                                      cpus_per_task=start.threads * start.processes, timeout_min=24 * 60)
        if gpus:
            wanted['gpus_per_node'] = start.processes
        try:
            self.executor = submitit.AutoExecutor(folder, cluster=options.pop('cluster', 'slurm'),
                                                  slurm_max_num_timeout=100)      # each time it goes on
            self.executor.update_parameters(**{**wanted, **options})
        except (RuntimeError, ValueError, TypeError, NameError) as error:
            raise UsageError(f'Slurm cannot be used: {error}') from None
        self.start_with = start

    def free(self) -> int:
        """Slurm queues what it has no room for."""
        return 10 ** 6

    def start(self, jobs: Sequence[FoldJob]) -> list[SlurmTask]:
        """Submit folds as one array."""
        with self.executor.batch():
            handles = [self.executor.submit(FoldCall(self.start_with, job, travelling_variables())) for job in jobs]
        return [SlurmTask(job, handle) for job, handle in zip(jobs, handles)]

    def wait(self, tasks: Sequence[SlurmTask], seconds: float) -> None:
        """Wait; submitit asks Slurm no more often than is polite."""
        time.sleep(seconds)

    def ended(self, task: SlurmTask) -> None:
        """Nothing to take back."""

    def stop(self, tasks: Sequence[SlurmTask]) -> None:
        """Cancel what waits or runs."""
        for task in tasks:
            with suppress(Exception):      # a job that ended meanwhile
                task.handle.cancel()
