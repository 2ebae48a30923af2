from __future__ import annotations

import os
from pathlib import Path

import pytest

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.fold_config import PLACEHOLDER, fold_config, leaves, read_run_config, replace_subject
from toy_loso import write_loso_config

REPO = Path(__file__).resolve().parents[3]
CONFIGS = sorted(path for folder in ('configs', 'configs/baselines') for path in (REPO / folder).glob('*.py'))


def write(folder: Path, more: str = '') -> Path:
    return write_loso_config(folder, folder / 'data', more=more)


def test_the_subject_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub07')
    cfg = read_run_config(write(tmp_path, 'work_dir = "mine"'), {'train_cfg.max_epochs': 9})
    assert cfg.test_dataloader.dataset.test_subject == PLACEHOLDER and 'sub07' not in cfg.pretty_text
    assert cfg.train_cfg.max_epochs == 9 and 'work_dir' not in cfg and os.environ['ME_TEST_SUBJECT'] == 'sub07'
    monkeypatch.delenv('ME_TEST_SUBJECT')
    read_run_config(write(tmp_path))
    assert 'ME_TEST_SUBJECT' not in os.environ


@pytest.mark.parametrize(('more', 'message'), [
    ("test_evaluator = dict(type='AccMetric')", r"no dict\(type='MERMetric'\)"),
    ('test_dataloader = None', 'no test_dataloader'),
    ('resume = True', 'sets resume'),
    ('train_cfg = dict(by_epoch=False, max_iters=5)', 'trains by iterations'),
    ("train_cfg = dict(type='IterBasedTrainLoop', max_iters=5)", 'use StepLimitedTrainLoop'),
])
def test_what_cannot_be_run_is_refused(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_run_config(write(tmp_path, more))


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='nowhere.py does not exist'):
        read_run_config(tmp_path / 'nowhere.py')


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_the_project_can_be_run(path: Path, tmp_path: Path) -> None:
    cfg = fold_config(read_run_config(path), tmp_path, ('sub09',), 3, 'compare', ('sub02',))
    assert PLACEHOLDER not in str(cfg.to_dict())
    assert 'save_best' not in cfg.default_hooks.checkpoint and 'ReportHook' not in str(cfg.custom_hooks)
    assert cfg.randomness.seed == 3
    assert next(leaves(cfg.train_dataloader.dataset)).test_subject == ['sub09', 'sub02']


@pytest.mark.parametrize(('selection', 'seen'), [('last', None), ('inner-val', ['b', 'c']), ('best-on-test', ['a']),
                                                 ('compare', ['b', 'c', 'a'])])
def test_who_is_where(tmp_path: Path, selection: str, seen: list[str] | None) -> None:
    run = read_run_config(write(tmp_path))
    before = run.pretty_text
    inner = ('b', 'c') if selection in ('inner-val', 'compare') else ()
    cfg = fold_config(run, tmp_path / 'fold', ('a',), 1, selection, inner)
    assert run.pretty_text == before
    train, test = cfg.train_dataloader.dataset, cfg.test_dataloader.dataset
    assert (train.test_subject, train.test_mode) == (['a', *inner], False)
    assert (test.test_subject, test.test_mode) == (['a'], True)
    if seen is None:
        assert cfg.val_dataloader is None and cfg.val_cfg is None and cfg.val_evaluator is None
    else:
        assert (cfg.val_dataloader.dataset.test_subject, cfg.val_dataloader.dataset.test_mode) == (seen, True)
        assert [metric.type for metric in cfg.val_evaluator] == ['MERMetric']


def test_hooks_checkpoints_and_workers(tmp_path: Path) -> None:
    more = ("default_hooks = dict(checkpoint=dict(interval=5, save_best='me/ACC', max_keep_ckpts=1))\n"
            'train_dataloader.update(persistent_workers=True)')
    cfg = fold_config(read_run_config(write(tmp_path, more)), tmp_path, ('a',), 0)
    assert dict(cfg.default_hooks.checkpoint) == dict(
        type='CheckpointHook', interval=5, by_epoch=True, save_last=True, max_keep_ckpts=2,
        backend_args=dict(backend='WholeFileBackend'))
    assert [hook.type for hook in cfg.custom_hooks].count('EpochSeedHook') == 1
    assert cfg.train_dataloader.persistent_workers is False


def test_several_subjects_and_figures_of_the_fold(tmp_path: Path) -> None:
    run = read_run_config(write(tmp_path))
    cfg = fold_config(run, tmp_path, ('a', 'b'), 0, report=True)
    assert cfg.test_dataloader.dataset.test_subject == ['a', 'b'] == cfg.train_dataloader.dataset.test_subject
    assert 'ReportHook' in [hook.type for hook in cfg.custom_hooks]
    assert 'ReportHook' not in [hook.type for hook in fold_config(run, tmp_path, ('a',), 0).custom_hooks]


def test_other_training_data_keeps_its_own_subjects(tmp_path: Path) -> None:
    more = ("other = dict(type='CASME2Dataset', data_root='elsewhere', allow_overlap=True)\n"
            "train_dataloader['dataset'] = dict(type='ConcatDataset', datasets=[train_dataloader['dataset'], other])")
    cfg = fold_config(read_run_config(write(tmp_path, more)), tmp_path, ('a',), 0)
    first, second = leaves(cfg.train_dataloader.dataset)
    assert first.test_subject == ['a'] and 'test_subject' not in second


def test_the_subject_is_put_in_everywhere() -> None:
    value = dict(a=[PLACEHOLDER, dict(b=f'x/{PLACEHOLDER}')], c=(PLACEHOLDER, 1), d=2)
    assert replace_subject(value, 's1') == dict(a=['s1', dict(b='x/s1')], c=('s1', 1), d=2)
