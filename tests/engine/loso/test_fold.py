"""Folds in this process: votes, selections, and resuming bit for bit."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mmengine.config.config as host
import numpy as np
import pytest

from fdp_mmaction.engine.hooks.safe_checkpoint_hook import SafeCheckpointHook
from fdp_mmaction.engine.loso import fold as module
from fdp_mmaction.engine.loso import record
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.process import spend_less
from fdp_mmaction.engine.loso.results import FoldResult, fold_folder, read_fold
from fdp_mmaction.engine.loso.select import choose_epoch
from fdp_mmaction.engine.safe_loading import load_from_local
from toy_loso import forget_runs, write_loso_config

SUBJECT = 'sub02'


@pytest.fixture(autouse=True, scope='module')
def quick() -> Iterator[None]:
    """Like the process of a fold, and afterwards as before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('ME_TEST_SUBJECT', 'sub01')
        patch.setattr(host, 'FormatCode', host.FormatCode)
        spend_less()
        yield
        gc.unfreeze()


def begin(folder: Path, prepared: Path, selection: str = 'last', epochs: int = 4, more: str = '', **kwargs) -> Path:
    config = write_loso_config(folder, prepared, epochs=epochs, more=more)
    open_run(Settings(str(config), folder / 'out', selection=selection, **kwargs))
    return folder / 'out'


def run_fold(*args, **kwargs) -> None:
    forget_runs()
    module.run_fold(*args, **kwargs)


def result(out: Path, seed: int = 0) -> FoldResult:
    return read_fold(fold_folder(out, seed, SUBJECT))


def comparable(found: FoldResult) -> tuple:
    return found.predictions, found.epochs, found.num_train, found.inner_subjects, list(found.history)


class Killed(Exception):
    pass


def killed_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, count: int) -> None:
    """Let the ``count``-th call of a method raise, once."""
    original, calls = getattr(owner, name), []

    def call(*args, **kwargs):
        calls.append(1)
        if len(calls) == count:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)


def test_a_fold_leaves_votes_history_and_one_checkpoint(prepared: Path, tmp_path: Path) -> None:
    out = begin(tmp_path, prepared)
    run_fold(out, SUBJECT, 0)
    found = result(out)
    votes = found.predictions['last']
    assert [vote.sample_id for vote in votes] == [f'noise/{SUBJECT}/EP{k:02d}_01' for k in range(5)]
    assert {vote.subject for vote in votes} == {SUBJECT} and [vote.label for vote in votes] == [0, 1, 2, 3, 4]
    for vote in votes:
        assert sum(vote.scores) == pytest.approx(1, abs=1e-5) and vote.prediction == int(np.argmax(vote.scores))
    assert found.epochs == dict(last=4) and found.num_train == 10 and found.inner_subjects == ()
    assert [entry['epoch'] for entry in found.history] == [1, 2, 3, 4]
    assert all(np.isfinite(entry['loss']) and entry['loss'] == entry['loss_cls'] for entry in found.history)
    assert 0 < found.seconds['training'] < found.seconds['total']
    folder = fold_folder(out, 0, SUBJECT)
    assert [path.name for path in folder.glob('*.pth')] == ['epoch_4.pth']
    assert not (folder / record.RECORD).exists() and not (folder / record.PROGRESS).exists()
    stays = load_from_local(str(folder / 'epoch_4.pth'))
    assert set(stays['state_dict']) == {'head.weight', 'head.bias'} and stays['meta']['epoch'] == 4
    assert 'optimizer' not in stays and 'param_schedulers' not in stays


def test_a_finished_fold_is_left_alone(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = begin(tmp_path, prepared, epochs=1)
    run_fold(out, SUBJECT, 0)
    monkeypatch.setattr(module.Runner, 'from_cfg', lambda cfg: pytest.fail('trained again'))
    run_fold(out, SUBJECT, 0)


def test_seeds_differ_and_repeat(prepared: Path, tmp_path: Path) -> None:
    out = begin(tmp_path, prepared, epochs=1, seeds=(0, 1))
    for seed in (0, 1):
        run_fold(out, SUBJECT, seed)
    first = result(out)
    assert first.predictions != result(out, 1).predictions
    shutil.rmtree(fold_folder(out, 0, SUBJECT))
    run_fold(out, SUBJECT, 0)
    assert comparable(result(out)) == comparable(first)


@pytest.mark.parametrize('keep', ['all', 'none'])
def test_checkpoints_that_stay(prepared: Path, tmp_path: Path, keep: str) -> None:
    out = begin(tmp_path, prepared, epochs=2, selection='inner-val')
    run_fold(out, SUBJECT, 0, keep=keep)
    found = {path.name: path for path in fold_folder(out, 0, SUBJECT).glob('epoch_*.pth')}
    assert set(found) == ({'epoch_1.pth', 'epoch_2.pth'} if keep == 'all' else set())
    assert bool(list(fold_folder(out, 0, SUBJECT).glob(record.BEST))) == (keep == 'all')
    assert all('optimizer' in load_from_local(str(path)) for path in found.values())      # can be trained on


def test_inner_validation_sees_nothing_of_the_left_out_subject(prepared: Path, tmp_path: Path) -> None:
    out = begin(tmp_path, prepared, selection='inner-val')
    run_fold(out, SUBJECT, 0)
    found = result(out)
    assert len(found.inner_subjects) == 1 and SUBJECT not in found.inner_subjects and found.num_train == 5
    assert set(found.predictions) == {'last', 'inner-val'}
    assert all('inner-val/UF1' in entry and 'best-on-test/ACC' not in entry for entry in found.history)
    scores = {entry['epoch']: {key: entry[f'inner-val/{key}'] for key in ('UF1', 'ACC')} for entry in found.history}
    assert found.epochs['inner-val'] == choose_epoch(scores, 'inner-val')


def test_comparing_gives_what_each_selection_alone_gives(prepared: Path, tmp_path: Path) -> None:
    found = {}
    for selection in ('inner-val', 'compare', 'best-on-test'):
        (tmp_path / selection).mkdir()
        out = begin(tmp_path / selection, prepared, selection=selection, epochs=6)
        run_fold(out, SUBJECT, 0)
        found[selection] = result(out)
    compared = found['compare']
    assert set(compared.predictions) == {'last', 'inner-val', 'best-on-test'}
    for name in ('last', 'inner-val'):      # the weights saved then, tested now, vote as they did
        assert compared.predictions[name] == found['inner-val'].predictions[name]
        assert compared.epochs[name] == found['inner-val'].epochs[name]
    for run in (compared, found['best-on-test']):
        accuracy = [entry['best-on-test/ACC'] for entry in run.history]
        assert run.epochs['best-on-test'] == 1 + accuracy.index(max(accuracy))
        votes = run.predictions['best-on-test']
        assert np.mean([vote.label == vote.prediction for vote in votes]) == max(accuracy)
    assert found['best-on-test'].num_train == 10      # nobody is held out


POINTS = {
    'in an epoch': (record.RecordHook, 'after_train_iter', 8),
    'before a checkpoint': (record.RecordHook, 'after_train_epoch', 3),
    'while a checkpoint is saved': (SafeCheckpointHook, 'before_save_checkpoint', 2),
    'before a validation': (record.RecordHook, 'before_val_epoch', 2),
    'after a validation': (record.RecordHook, 'after_val_epoch', 2),
    'before the last test': (module, 'evaluate', 1),
    'before the result': (module, 'write_fold', 1),
}


@pytest.mark.slow
@pytest.mark.parametrize(('selection', 'interval', 'more'), [
    ('last', 3, ''), ('inner-val', 3, ''), ('compare', 1, 'train_cfg.update(val_begin=2, val_interval=2)'),
    ('best-on-test', 1, "train_cfg = dict(type='StepLimitedTrainLoop', max_iters=14)")])
def test_a_fold_goes_on_to_the_same_result(prepared: Path, tmp_path: Path, selection: str, interval: int,
                                           more: str) -> None:
    """Wherever it stops: the votes, scores and losses of every epoch are those of an undisturbed fold, bit for bit."""
    more += f'\ndefault_hooks = dict(checkpoint=dict(interval={interval}))'
    out = begin(tmp_path, prepared, selection, 5, more)
    run_fold(out, SUBJECT, 0)
    whole = comparable(result(out))
    for name, point in POINTS.items():
        if 'val' in point[1] and selection == 'last':
            continue
        shutil.rmtree(fold_folder(out, 0, SUBJECT))
        with pytest.MonkeyPatch.context() as patch:
            killed_at(patch, *point)
            with pytest.raises(Killed):
                run_fold(out, SUBJECT, 0)
        assert result(out) is None
        run_fold(out, SUBJECT, 0)
        assert comparable(result(out)) == whole, name


def test_a_damaged_checkpoint_gives_way_to_the_one_before(prepared: Path, tmp_path: Path) -> None:
    out = begin(tmp_path, prepared, epochs=4)
    run_fold(out, SUBJECT, 0)
    whole = comparable(result(out))
    folder = fold_folder(out, 0, SUBJECT)
    shutil.rmtree(folder)
    with pytest.MonkeyPatch.context() as patch:
        killed_at(patch, module, 'evaluate', 1)
        with pytest.raises(Killed):
            run_fold(out, SUBJECT, 0)
    assert sorted(path.name for path in folder.glob('*.pth')) == ['epoch_3.pth', 'epoch_4.pth']
    os.truncate(folder / 'epoch_4.pth', 100)
    (folder / '.epoch_4.1-aa.partial.pth').write_text('left by a killed process')
    run_fold(out, SUBJECT, 0)
    assert comparable(result(out)) == whole and not list(folder.glob('.*partial*'))


def test_averaged_weights_are_tested_and_resumed(prepared: Path, tmp_path: Path) -> None:
    more = "custom_hooks = [dict(type='EMAHook', momentum=0.3), dict(type='SafeCheckpointHook')]"
    out = begin(tmp_path, prepared, 'inner-val', 4, more)
    run_fold(out, SUBJECT, 0)
    whole = comparable(result(out))
    shutil.rmtree(fold_folder(out, 0, SUBJECT))
    with pytest.MonkeyPatch.context() as patch:
        killed_at(patch, record.RecordHook, 'after_train_iter', 6)
        with pytest.raises(Killed):
            run_fold(out, SUBJECT, 0)
    run_fold(out, SUBJECT, 0)
    assert comparable(result(out)) == whole
    (tmp_path / 'plain').mkdir()
    plain = begin(tmp_path / 'plain', prepared, 'inner-val', 4)
    run_fold(plain, SUBJECT, 0)
    assert result(plain).predictions['last'] != whole[0]['last']
    assert [entry['loss'] for entry in result(plain).history] == [entry['loss'] for entry in whole[-1]]
