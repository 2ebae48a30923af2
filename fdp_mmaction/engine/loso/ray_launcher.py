"""Folds as Ray tasks, on as many machines as Ray knows."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from fdp_mmaction.engine.launch import UsageError

from .command import FoldJob, FoldStart, travelling_variables


class RayTask:
    """A fold given to Ray: ``job`` and the reference to its exit code."""

    def __init__(self, job: FoldJob, reference: Any) -> None:
        self.job, self.reference = job, reference
        self.code: int | None = None

    def exit_code(self) -> int | None:
        """None while it waits or runs."""
        import ray
        if self.code is None and ray.wait([self.reference], timeout=0)[0]:
            try:
                self.code = ray.get(self.reference)
            except ray.exceptions.RayError:      # machine or worker lost too often, or cancelled
                self.code = 1
        return self.code


class RayLauncher:
    """Gives all folds to Ray at once, which finds room for them.

    A fold whose machine dies is begun again by Ray on another one, where it goes on from its last checkpoint. The
    run's folder, the prepared data and the packages must be at the same paths on all machines.

    Args:
        start (FoldStart): What folds are started with; ``threads`` x ``processes`` are the CPUs asked for.
        jobs_per_device (int): Folds that share a GPU. Defaults to 1.
        gpus (bool | None): Ask for GPUs. Defaults to None: if the cluster has any.
        address (str | None): Of the cluster; None is the one in ``RAY_ADDRESS``, or else one of this machine alone.

    Raises:
        UsageError: If Ray is not installed or there is no such cluster.
    """

    patience = 20.0

    def __init__(self, start: FoldStart, jobs_per_device: int = 1, gpus: bool | None = None,
                 address: str | None = None) -> None:
        try:
            import ray
        except ImportError:
            raise UsageError("Ray is not installed: pip install 'fdp-mmaction[ray]', or leave --launcher ray "
                             'out.') from None
        address = address or os.environ.get('RAY_ADDRESS')
        if not ray.is_initialized():
            own = {} if address else dict(include_dashboard=False)
            try:
                ray.init(address=address, log_to_driver=False, **own)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise UsageError(f'Ray cannot be reached at {address or "this machine"}: {error}') from None
        if gpus is None:
            gpus = ray.cluster_resources().get('GPU', 0) > 0
        share = start.processes if start.processes > 1 else 1 / jobs_per_device
        # a worker process is used for one fold; Ray begins a task again when its machine or worker is lost
        self.task = ray.remote(num_cpus=start.threads * start.processes, num_gpus=share if gpus else 0, max_calls=1,
                               max_retries=5)(_run_fold)
        self.start_with = start

    def free(self) -> int:
        """Ray queues what it has no room for."""
        return 10 ** 6

    def start(self, jobs: Sequence[FoldJob]) -> list[RayTask]:
        """Give folds to Ray."""
        return [RayTask(job, self.task.remote(self.start_with, job, travelling_variables())) for job in jobs]

    def wait(self, tasks: Sequence[RayTask], seconds: float) -> None:
        """Wait until a fold ends, but not longer than some seconds."""
        import ray
        open_tasks = [task.reference for task in tasks if task.code is None]
        if open_tasks:
            ray.wait(open_tasks, timeout=seconds)
        else:
            time.sleep(seconds)

    def ended(self, task: RayTask) -> None:
        """Nothing to take back."""

    def stop(self, tasks: Sequence[RayTask]) -> None:
        """Cancel folds; their processes end with the workers that started them."""
        import ray
        for task in tasks:
            with suppress(ray.exceptions.RayError):
                ray.cancel(task.reference, force=True)
        if tasks:
            ray.wait([task.reference for task in tasks], num_returns=len(tasks), timeout=10)


def _run_fold(start: FoldStart, job: FoldJob, variables: dict[str, str]) -> int:
    return start.run(job, variables)
