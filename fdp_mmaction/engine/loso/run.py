"""A run from its settings to its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdp_mmaction.engine.launch import UsageError

from .command import FoldStart
from .devices import find_slots, threads_per_process
from .display import RichDisplay
from .files import require_run_folder
from .fold_config import CHECKPOINTS, read_run_config
from .local import LocalLauncher
from .lock import folder_lock
from .plan import Settings, open_run
from .schedule import Launcher, Outcome, missing_jobs, run_folds

LAUNCHERS = ('local', 'ray', 'slurm')


@dataclass(frozen=True)
class Execution:
    """How and where folds run, which their results do not depend on.

    Args:
        launcher (str): One of :data:`LAUNCHERS`. Defaults to ``'local'``.
        devices (tuple[str, ...]): See :func:`~fdp_mmaction.engine.loso.devices.find_slots`. Defaults to none: all.
        jobs_per_device (int): Folds side by side on each. Defaults to 1.
        threads (int | None): Of each process. Defaults to None: the cores are shared out; 1 elsewhere than here.
        keep (str): Checkpoints that stay: ``'last'``, ``'all'`` or ``'none'``. Defaults to ``'last'``.
        ray_address (str | None): Of the cluster. Defaults to None.
        slurm (Mapping[str, Any] | None): Parameters of submitit. Defaults to None.
    """

    launcher: str = 'local'
    devices: tuple[str, ...] = ()
    jobs_per_device: int = 1
    threads: int | None = None
    keep: str = 'last'
    ray_address: str | None = None
    slurm: Mapping[str, Any] | None = None


def make_launcher(out: Path, execution: Execution, processes: int = 1) -> Launcher:
    """What starts the folds.

    Args:
        out (Path): Folder of the run.
        execution (Execution): How and where.
        processes (int): That train one fold together. Defaults to 1.

    Raises:
        UsageError: If devices, Ray or Slurm are not there.
    """
    on_cpu = tuple(execution.devices) == ('cpu',)
    if execution.launcher == 'local':
        slots = find_slots(execution.devices, execution.jobs_per_device, processes)
        threads = execution.threads or threads_per_process(len(slots), processes)
        return LocalLauncher(FoldStart(threads, processes, execution.keep), slots)
    start = FoldStart(execution.threads or 1, processes, execution.keep)
    if execution.launcher == 'ray':
        from .ray_launcher import RayLauncher
        return RayLauncher(start, execution.jobs_per_device, False if on_cpu else None, execution.ray_address)
    if execution.launcher == 'slurm':
        from .slurm_launcher import SlurmLauncher
        return SlurmLauncher(start, out / 'slurm', not on_cpu, execution.slurm)
    raise UsageError(f'--launcher knows {", ".join(LAUNCHERS)}; got {execution.launcher}.')


def run_loso(settings: Settings, execution: Execution | None = None, fresh: bool = False,
             subjects: Sequence[str] = (), display: Callable[..., AbstractContextManager] = RichDisplay) -> Outcome:
    """Run what is missing of a leave-one-subject-out run.

    Args:
        settings (Settings): What is trained.
        execution (Execution, optional): How and where. Defaults to None: on all devices of this machine.
        fresh (bool): Delete an earlier run in the folder first. Defaults to False.
        subjects (Sequence[str]): Run these folds alone for now. Defaults to none: all.
        display (Callable): Makes what shows the progress. Defaults to :class:`RichDisplay`.

    Returns:
        Outcome: What became of the folds; ``finished`` holds those of earlier calls as well.

    Raises:
        UsageError: If the folder is in use, is none, or holds something else, or the settings do not fit.
        DatasetError: If the dataset is missing or damaged.
    """
    read_run_config(settings.config, settings.options)      # before a folder is made
    out = Path(settings.out).absolute()
    require_run_folder(out)
    settings = Settings(**dict(vars(settings), out=out))
    with folder_lock(out):
        launcher = make_launcher(out, execution or Execution(), settings.processes)
        header = open_run(settings, fresh)
        strangers = sorted(set(subjects) - set(header['subjects']))
        if strangers:
            raise UsageError(f'There is no fold of {", ".join(strangers)}; the folds are '
                             f'{", ".join(header["subjects"])}.')
        jobs, done = missing_jobs(out, header, subjects, settings.seeds)
        cut_off = sum(any(job.folder.glob(CHECKPOINTS)) for job in jobs)
        with display(done, len(jobs) + len(done), header['selection'], len(header['classes']), cut_off) as shown:
            outcome = run_folds(jobs, launcher, shown)
    outcome.finished[:0] = done
    return outcome
