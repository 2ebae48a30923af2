"""The process of one fold, from its start to its end.

    python -m fdp_mmaction.engine.loso.process OUT sub01 --seed 0
"""

from __future__ import annotations

import gc
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from fdp_mmaction.engine.launch import user_errors

from .command import FoldJob, Job
from .fold import run_fold
from .lock import fold_lock
from .record import write_progress
from .watchdog import end_with_parent

LOG = 'log.txt'


def prepare_process(threads: int) -> None:
    """Make this process one that runs beside others: few threads, and little time spent on all but training."""
    import cv2
    os.environ['OMP_NUM_THREADS'] = str(threads)
    torch.set_num_threads(threads)
    cv2.setNumThreads(0)
    spend_less()


def spend_less() -> None:
    """Spare this process what costs time and gives nothing here.

    MMEngine formats the whole config anew for every checkpoint, and its datasets collect garbage among all modules.
    """
    import mmengine.config.config as host
    gc.freeze()
    original, known = host.FormatCode, {}

    def format_once(text: str, **options: Any) -> Any:
        if text not in known:
            known[text] = original(text, **options)
        return known[text]

    host.FormatCode = format_once


def redirect_output(job: Job) -> None:
    """Send what this process and its children write to ``log.txt``, behind what earlier attempts wrote."""
    job.folder.mkdir(parents=True, exist_ok=True)
    log = os.open(job.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    sys.stdout.write(f'--- {time.strftime("%Y-%m-%d %H:%M:%S")}, left out: {job}, process {os.getpid()}\n')
    sys.stdout.flush()


def run_in_this_process(job: Job, threads: int, keep: str, started: float) -> None:
    """What a fold's own process does from its start to its end.

    Args:
        job (Job): The fold.
        threads (int): Of PyTorch.
        keep (str): Checkpoints that stay.
        started (float): ``time.time()`` when the process began.

    Raises:
        SystemExit: With code 2 and one sentence in the log, after an error that the user can mend.
    """
    with alone(job):
        prepare_process(threads)
        if job.result() is None:
            job.run(started, keep)


@contextmanager
def alone(job: Job) -> Iterator[None]:
    """Write to the job's log, end with the parent, and let no other process run the same job meanwhile."""
    end_with_parent()
    redirect_output(job)
    with user_errors(), fold_lock(job.folder):
        if job.result() is None:
            write_progress(job.folder, 0, 0)
        yield


def run_with_processes(job: FoldJob, args: Namespace) -> None:
    """Let ``torchrun`` train one fold with several processes of this machine."""
    from torch.distributed.run import main as torchrun
    with alone(job):
        if job.result() is None:
            torchrun(['--standalone', '--nproc_per_node', str(args.processes), '-m', __spec__.name, str(args.out),
                      args.subject, '--seed', str(args.seed), '--threads', str(args.threads), '--keep', args.keep,
                      '--started', repr(args.started), '--launcher', 'pytorch'])


def parse_args(words: Sequence[str] | None = None) -> Namespace:
    """The command line, which schedulers write."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder of the run')
    parser.add_argument('subject', help='left out')
    parser.add_argument('--seed', type=int, default=0, help='seed of the training (default: 0)')
    parser.add_argument('--threads', type=int, default=1, help='threads of each process (default: 1)')
    parser.add_argument('--processes', type=int, default=1, help='processes of the fold (default: 1)')
    parser.add_argument('--keep', choices=('last', 'all', 'none'), default='last', help='checkpoints that stay')
    parser.add_argument('--started', type=float, default=time.time(), help='when the process was asked for')
    parser.add_argument('--launcher', choices=('none', 'pytorch'), default='none', help='set by torchrun')
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Run one fold."""
    args = parse_args(words)
    job = FoldJob(args.out, args.subject, args.seed)
    if args.launcher == 'pytorch':
        end_with_parent()
        prepare_process(args.threads)
        with user_errors():
            run_fold(args.out, args.subject, args.seed, 'pytorch', args.started, args.keep)
    elif args.processes > 1:
        run_with_processes(job, args)
    else:
        run_in_this_process(job, args.threads, args.keep, args.started)


if __name__ == '__main__':
    main()
