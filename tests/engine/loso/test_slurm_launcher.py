"""submitit's own local executor runs real folds; a pretended sbatch shows what Slurm would be told."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from conftest import write_prepared
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso import fold as fold_module
from fdp_mmaction.engine.loso.command import FoldJob, FoldStart
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.results import fold_folder, read_fold
from fdp_mmaction.engine.loso.slurm_launcher import SlurmLauncher
from loso_kills import alive, epochs_of, fold_processes, loso, parent_of, results, wait_for
from toy_loso import forget_runs, write_loso_config

SLOW = "custom_hooks = [dict(type='SlowHook', seconds=0.1), dict(type='SplitGuardHook')]"


@pytest.fixture(scope='module')
def submitit():
    return pytest.importorskip('submitit', reason="needs submitit: pip install 'fdp-mmaction[slurm]'")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / 'data').mkdir()
    return write_loso_config(tmp_path, write_prepared(tmp_path / 'data', subjects=2, clips=5), epochs=2)


def test_without_submitit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'submitit', None)
    with pytest.raises(UsageError, match=r"pip install 'fdp-mmaction\[slurm\]'"):
        SlurmLauncher(FoldStart(), tmp_path)


def test_without_slurm(submitit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(UsageError, match='Slurm cannot be used: '):
        SlurmLauncher(FoldStart(), tmp_path)
    with pytest.raises(UsageError, match='Slurm cannot be used: .*no_such_parameter'):
        SlurmLauncher(FoldStart(), tmp_path, options=dict(cluster='local', no_such_parameter=1))


def test_one_array_of_all_folds(submitit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('srun', 'sbatch'):
        (tmp_path / name).write_text('#!/bin/sh\necho Submitted batch job 12\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:{os.environ["PATH"]}')
    launcher = SlurmLauncher(FoldStart(threads=3, processes=2), tmp_path / 'run/slurm',
                             options=dict(slurm_partition='gpu', timeout_min=90, slurm_array_parallelism=4))
    tasks = launcher.start([FoldJob(tmp_path, f'sub{k:02d}', 0) for k in range(7)])
    assert [task.handle.job_id for task in tasks] == [f'12_{k}' for k in range(7)]
    text = (tmp_path / 'run/slurm/12_submission.sh').read_text()
    for line in ('--array=0-6%4', '--partition=gpu', '--cpus-per-task=6', '--gpus-per-node=2', '--time=90',
                 '--job-name=loso_run'):
        assert f'#SBATCH {line}\n' in text


@pytest.mark.slow
def test_the_same_votes_as_here(submitit, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = loso(config, '--out', tmp_path / 'out', '--launcher', 'slurm', '--slurm', 'cluster=local', '--devices',
                'cpu')
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    open_run(Settings(str(config), tmp_path / 'here'))
    for subject in ('sub01', 'sub02'):
        forget_runs()
        fold_module.run_fold(tmp_path / 'here', subject, 0)
    assert results(tmp_path / 'out') == results(tmp_path / 'here')


@pytest.mark.slow
def test_a_job_whose_machine_is_taken_away_goes_on(submitit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Slurm does before it preempts a job or its time is up."""
    (tmp_path / 'data').mkdir()
    data = write_prepared(tmp_path / 'data', subjects=2, clips=5)
    out = tmp_path / 'out'
    open_run(Settings(str(write_loso_config(tmp_path, data, epochs=12, more=SLOW)), out))
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(path for path in sys.path if path))
    launcher = SlurmLauncher(FoldStart(), out / 'slurm', gpus=False, options=dict(cluster='local'))
    [task] = launcher.start([FoldJob(out, 'sub01', 0)])
    try:
        assert wait_for(lambda: epochs_of(out) > 0, 60)
        [fold] = fold_processes(out).values()
        os.kill(parent_of(fold), signal.SIGUSR2)      # the job's process, which waits for the fold's
        assert wait_for(lambda: task.exit_code() is not None, 90)
        assert task.exit_code() == 0
    finally:
        launcher.stop([task])
    log = (fold_folder(out, 0, 'sub01') / 'log.txt').read_text()
    assert log.count('left out: ') == 2 and 'resumed epoch' in log
    assert [entry['epoch'] for entry in read_fold(fold_folder(out, 0, 'sub01')).history] == list(range(1, 13))


@pytest.mark.slow
def test_cancelled_jobs_end_with_their_folds(submitit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'data').mkdir()
    data = write_prepared(tmp_path / 'data', subjects=2, clips=5)
    out = tmp_path / 'out'
    open_run(Settings(str(write_loso_config(tmp_path, data, epochs=200, more=SLOW)), out))
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(path for path in sys.path if path))
    launcher = SlurmLauncher(FoldStart(), out / 'slurm', gpus=False, options=dict(cluster='local'))
    tasks = launcher.start([FoldJob(out, 'sub01', 0)])
    assert wait_for(lambda: epochs_of(out) > 0, 60)
    [fold] = fold_processes(out).values()
    launcher.stop(tasks)
    assert wait_for(lambda: not alive(fold), 20)
    assert wait_for(lambda: tasks[0].exit_code() is not None, 20) and tasks[0].exit_code() != 0
