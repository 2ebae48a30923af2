"""Folds, identity and pooling; real trainings are in tests/tools/test_ablate.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fdp_mmaction.engine import trials
from fdp_mmaction.engine.loso.fold_config import fold_config
from fdp_mmaction.engine.trials import (Trial, TrialJob, is_finished, pool_trials, run_trial, subject_folds,
                                        trial_config)
from fdp_mmaction.errors import DatasetError

REPO = Path(__file__).resolve().parents[2]
CONFIG = str(REPO / 'configs/fdp_synthetic.py')


@pytest.mark.parametrize(('count', 'folds', 'sizes'), [(7, 3, [3, 2, 2]), (4, 0, [1, 1, 1, 1]), (5, 5, [1] * 5)])
def test_every_subject_is_left_out_once(count: int, folds: int, sizes: list[int]) -> None:
    subjects = [f'sub{k:02d}' for k in range(count)]
    found = subject_folds(subjects[::-1] + subjects, folds)
    assert [len(fold) for fold in found] == sizes
    assert sorted(subject for fold in found for subject in fold) == subjects


@pytest.mark.parametrize('folds', [1, 9, -2])
def test_impossible_folds(folds: int) -> None:
    with pytest.raises(DatasetError, match='cannot be shared out'):
        subject_folds(['a', 'b', 'c'], folds)


def test_the_config_gets_fold_seed_and_options(tmp_path: Path) -> None:
    trial = Trial(CONFIG, ('sub02', 'sub03'), 5, str(tmp_path), '/data', {'train_cfg.max_epochs': 2})
    cfg = fold_config(trial_config(trial), tmp_path, trial.left_out, trial.seed)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        assert (loader.dataset.test_subject, loader.dataset.data_root) == (['sub02', 'sub03'], '/data')
    assert (cfg.randomness.seed, cfg.train_cfg.max_epochs, cfg.val_cfg, trial.name) == (5, 2, None, 'fdp_synthetic')


def test_a_finished_trial_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(CONFIG, ('a',), 0, str(tmp_path))
    assert not is_finished(trial)
    (tmp_path / 'trial.json').write_text(json.dumps(trials._identity(trial)))
    monkeypatch.setattr(trials, 'train_fold', lambda *_, **__: pytest.fail('trained again'))
    run_trial(trial)
    assert TrialJob(trial).result() == trial and TrialJob(trial).folder == tmp_path
    with pytest.raises(DatasetError, match='other settings'):
        is_finished(Trial(CONFIG, ('a',), 0, str(tmp_path), options={'train_cfg.max_epochs': 1}))


def test_checkpoints_of_other_settings_are_not_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[list[str]] = []

    def train(cfg, folder: Path, spec: trials.FoldSpec, started: float | None) -> None:
        found.append([path.name for path in folder.glob('*.pth')])
        (folder / 'epoch_3.pth').touch()
        if len(found) < 4:
            raise RuntimeError('killed')

    monkeypatch.setattr(trials, 'train_fold', train)
    tmp_path.joinpath('epoch_9.pth').touch()      # of who knows what
    for options in ({}, {}, {'train_cfg.max_epochs': 1}):
        with pytest.raises(RuntimeError, match='killed'):
            run_trial(Trial(CONFIG, ('a', 'b'), 0, str(tmp_path), options=options))
    run_trial(Trial(CONFIG, ('a', 'b'), 0, str(tmp_path), options={'train_cfg.max_epochs': 1}))
    assert found == [[], ['epoch_3.pth'], [], ['epoch_3.pth']]
    assert (tmp_path / 'trial.json').is_file() and not (tmp_path / 'begun.json').exists()


def write_report(folder: Path, votes: list[tuple[str, str, str]], metrics: dict) -> None:
    (folder / 'report').mkdir(parents=True)
    report = dict(classes=['x', 'y'], metrics=metrics, num_mes=len(votes))
    (folder / 'report/metrics.json').write_text(json.dumps(report))
    lines = ['sample_id,subject,label,prediction', *(f'{k},{",".join(vote)}' for k, vote in enumerate(votes))]
    (folder / 'report/predictions.csv').write_text('\n'.join(lines) + '\n')


def test_pooling(tmp_path: Path) -> None:
    """Folds are pooled before scoring, seeds are averaged after."""
    group = []
    for seed, right in ((0, 'y'), (1, 'x')):
        for index, subject in enumerate('ab'):
            folder = tmp_path / f'{seed}{index}'
            write_report(folder, [(subject, 'x', 'x'), (subject, 'y', right)], {'me/UF1': 0.0, 'di/PSNR': 20.0 + index})
            group.append(Trial(CONFIG, (subject,), seed, str(folder)))
    result = pool_trials(group)
    assert (result['num_mes'], result['num_subjects'], result['seeds']) == (4, 2, [0, 1])
    assert result['ACC']['runs'] == [1.0, 0.5] and result['ACC']['mean'] == 0.75
    assert result['UF1']['runs'] == pytest.approx([1.0, 1 / 3])
    assert result['UF1']['sd'] == pytest.approx(np.std([1, 1 / 3], ddof=1))
    assert result['confusion_matrix'] == [[4, 0], [2, 2]]
    assert result['other'] == {'di/PSNR': pytest.approx(20.5)}
