"""Real processes, really killed. tests/soak_loso.py does the same for longer and at random."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from conftest import write_prepared
from fdp_mmaction.engine.loso.results import fold_folder
from loso_kills import alive, begin, epochs_of, fold_processes, group_members, kill, loso, results, wait_for
from toy_loso import write_loso_config

SLOW = "custom_hooks = [dict(type='SlowHook', seconds=0.04), dict(type='SplitGuardHook')]"
"""About half a second per fold beside the start."""


@pytest.fixture(scope='module')
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('kills')
    (folder / 'data').mkdir()
    data = write_prepared(folder / 'data', subjects=3, clips=5)
    return write_loso_config(folder, data, epochs=5, workers=1, more=SLOW)


@pytest.fixture(scope='module')
def whole(config: Path) -> dict:
    """An undisturbed run."""
    done = loso(config, '--out', config.parent / 'whole', '--select', 'inner-val', '--jobs-per-device', 2)
    assert done.returncode == 0, done.stdout + done.stderr
    return results(config.parent / 'whole')


@pytest.mark.slow
def test_kills_of_the_scheduler_and_of_a_fold_change_nothing(config: Path, whole: dict, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    words = (config, '--out', out, '--select', 'inner-val', '--jobs-per-device', 2)

    scheduler = begin(*words)      # kill -9 of the scheduler in mid-training
    assert wait_for(lambda: epochs_of(out) >= 2, process=scheduler)
    folds = fold_processes(out)
    kill(scheduler.pid)
    scheduler.communicate()
    assert folds and wait_for(lambda: not any(map(alive, folds.values())), 10), 'folds outlived their scheduler'
    assert (out / '.lock').exists()      # of a dead process

    scheduler = begin(*words)      # kill -9 of one fold while the other goes on
    known = set(folds.values())
    assert wait_for(lambda: set(fold_processes(out).values()) - known, process=scheduler)
    victim = next(iter(set(fold_processes(out).values()) - known))
    kill(victim)
    output, errors = scheduler.communicate(timeout=200)
    assert scheduler.returncode == 0, output + errors
    assert 'failed, is tried again' in output
    assert results(out) == whole
    assert not (out / '.lock').exists() and not list(out.rglob('.*partial*'))


@pytest.mark.slow
@pytest.mark.parametrize('signum', [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_cleanly(config: Path, whole: dict, tmp_path: Path, signum: int) -> None:
    out = tmp_path / 'out'
    words = (config, '--out', out, '--select', 'inner-val', '--jobs-per-device', 2)
    scheduler = begin(*words)
    assert wait_for(lambda: epochs_of(out) >= 1, process=scheduler)
    groups = [*fold_processes(out).values(), scheduler.pid]
    assert len(groups) > 1
    os.kill(scheduler.pid, signum)
    output, errors = scheduler.communicate(timeout=30)
    assert scheduler.returncode == 128 + signum
    assert 'the same command goes on' in errors and 'Traceback' not in errors
    assert not any(map(alive, groups[:-1]))
    assert wait_for(lambda: not any(map(group_members, groups)), 5), 'something was left running'
    assert not (out / '.lock').exists()
    if signum == signal.SIGINT:
        done = loso(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert results(out) == whole


@pytest.mark.slow
def test_a_second_scheduler_is_refused(config: Path, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    first = begin(config, '--out', out)
    try:
        assert wait_for((out / '.lock').exists, process=first)
        second = loso(config, '--out', out)
        assert second.returncode == 2 and f'is in use by process {first.pid} on ' in second.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        first.communicate(timeout=30)


@pytest.mark.slow
def test_two_processes_train_a_fold_together(config: Path, tmp_path: Path) -> None:
    """Through torchrun; killed in the midst of it, and gone on with."""
    out = tmp_path / 'out'
    words = (config, '--out', out, '--select', 'inner-val', '--gpus-per-fold', 2, '--subjects', 'sub02', '--devices',
             'cpu')
    scheduler = begin(*words)
    assert wait_for(lambda: epochs_of(out) >= 1, process=scheduler)
    [agent] = fold_processes(out).values()
    kill(scheduler.pid)
    scheduler.communicate()
    assert wait_for(lambda: not alive(agent) and not group_members(agent), 10), 'torchrun outlived its scheduler'
    done = loso(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    from fdp_mmaction.engine.loso.results import read_fold
    fold = read_fold(fold_folder(out, 0, 'sub02'))
    assert len(fold.predictions['inner-val']) == 5 == len({vote.sample_id for vote in fold.predictions['last']})
    log = (fold_folder(out, 0, 'sub02') / 'log.txt').read_text()
    assert 'Distributed training: True' in log and 'resumed epoch' in log
