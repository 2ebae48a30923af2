from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso.pooling import pool
from fdp_mmaction.engine.loso.results import read_run
from fdp_mmaction.engine.loso.select import OPTIMISTIC
from fdp_mmaction.engine.loso.summary import WARNING, run_environment, summarise, warnings_of
from fdp_mmaction.functional.paired_tests import paired_bootstrap

ALL = ('last', 'inner-val', 'best-on-test')


def test_a_finished_run(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, seeds=(0, 1), subject_census={f'sub{k:02d}': 6 for k in range(1, 5)})
    summary = summarise(run)
    pooled = pool(run)
    assert json.loads(json.dumps(summary, allow_nan=False))['results'].keys() == {'last'}      # plain data
    assert (summary['finished'], summary['missing'], summary['notes'], summary['warnings']) == (True, [], [], [])
    assert summary['counted'] == dict(seeds=[0, 1], subjects=list(pooled.subjects), mes=24)
    result = summary['results']['last']
    assert result['scores']['UF1']['mean'] == pooled.scores(intervals=False)['UF1'].mean
    assert result['confusion_matrix'] == pooled.matrices.sum(axis=(0, 1)).tolist()
    assert result['epochs'] == dict(first=3, median=3, last=3) and result['per_dataset'] == {}
    assert summary['duration'] == dict(folds=8, total=pytest.approx(84), shortest=10, median=10.5, longest=11,
                                       outside_training=pytest.approx(1 - 76 / 84))
    assert (summary['config'], summary['identity'], len(summary['folds'])) == ('model = dict()\n', 'abc', 8)
    assert 'differences' not in summary and summary['measures'] == {'image/PSNR': pytest.approx(20.5)}


def test_a_comparison_names_gains_over_last(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, selections=ALL, skill=0.4)
    summary = summarise(run)
    assert list(summary['results']) == list(ALL) and list(summary['differences']) == ['inner-val', 'best-on-test']
    expected = paired_bootstrap(pool(run, 'best-on-test').matrices, pool(run, 'last').matrices)['UF1']
    found = summary['differences']['best-on-test']['UF1']
    assert found == dict(difference=expected.difference, low=expected.low, high=expected.high,
                         p_value=expected.p_value)
    assert [result['epochs']['median'] for result in summary['results'].values()] == [3, 2, 1]
    assert [result['warnings'] for result in summary['results'].values()] == [[], [], [OPTIMISTIC]]
    assert summary['warnings'] == [WARNING]


def test_warnings_of_the_run_are_kept_and_the_choice_of_the_epoch_is_named_once(tmp_path: Path) -> None:
    header = dict(warnings=[OPTIMISTIC, 'Statistics of the test part were allowed.'])
    assert warnings_of(header, 'last') == ['Statistics of the test part were allowed.']
    assert warnings_of(header, 'best-on-test') == ['Statistics of the test part were allowed.', OPTIMISTIC]
    summary = summarise(noisy_run(tmp_path, selections=('best-on-test',), **header))
    assert summary['warnings'] == ['Statistics of the test part were allowed.', WARNING]


def test_an_unfinished_run_says_what_is_missing(tmp_path: Path) -> None:
    folds = [fold('a', 0, {'last': [vote('toy/a/E1', 0, 0)]}), fold('b', 0, {'last': [vote('toy/b/E1', 1, 1)]})]
    run = write_run(tmp_path, folds, seeds=[0, 1], subjects=['a', 'b', 'c'], subject_census=dict(a=1, b=4, c=2))
    summary = summarise(run)
    assert not summary['finished'] and summary['planned'] == dict(seeds=[0, 1], subjects=3)
    assert summary['missing'][0] == dict(seed=0, subject='c', folder='folds/seed0/c') and len(summary['missing']) == 4
    assert summary['notes'] == [
        'Not finished: 4 of 6 folds are missing (seed 0: c; seed 1: a, b, c). Scores count seed 0 over 2 of 3 '
        'subjects.',
        'No ME counted here is of class sur, whose recall and F1 count as 0 in UAR and UF1.',
        'Not as many MEs were voted on as the dataset has: b (1 instead of 4).']


def test_other_measures_weigh_by_mes(tmp_path: Path) -> None:
    votes = {name: [vote(f'toy/{name}/E{k}', 0, 0) for k in range(count)] for name, count in (('a', 1), ('b', 3))}
    folds = [replace(fold(name, 0, {'last': found}), measures=dict(psnr=10.0 * len(found)))
             for name, found in votes.items()]
    assert summarise(write_run(tmp_path, folds))['measures'] == dict(psnr=25.0)


def test_one_subject_has_no_intervals_or_differences(tmp_path: Path) -> None:
    summary = summarise(noisy_run(tmp_path, subjects=1, selections=ALL))
    assert 'differences' not in summary and summary['notes'] == ['One subject alone gives no interval over subjects.']


def test_parts_of_a_composite_are_scored_by_themselves(tmp_path: Path) -> None:
    folds = []
    for dataset, guess in (('ab', 1), ('cd', 0)):
        votes = [vote(f'{dataset}/s1/E{k}', 1, guess, dataset=dataset) for k in range(2)]
        folds.append(fold(f'{dataset}/s1', 0, {'last': [type(one)(**{**vars(one), 'subject': f'{dataset}/s1'})
                                                        for one in votes]}))
    result = summarise(write_run(tmp_path, folds))['results']['last']
    assert {name: (part['mes'], part['subjects'], part['scores']['ACC']['mean'])
            for name, part in result['per_dataset'].items()} == {'ab': (2, 1, 1.0), 'cd': (2, 1, 0.0)}


def test_what_the_folds_were_made_with(tmp_path: Path) -> None:
    run = noisy_run(tmp_path)
    assert run_environment(run) == dict(python='3.11', device='CPU')      # an older run: the header alone says it
    made = [dict(python='3.11', device='CPU', threads=1), dict(python='3.11', device='CPU', threads=2),
            dict(python='3.11', device='CPU', threads=2), {}]
    folds = tuple(replace(one, environment=env) for one, env in zip(run.folds, made))
    assert run_environment(replace(run, folds=folds[:3])) == dict(python='3.11', device='CPU',
                                                                  threads='1 (1 fold) or 2 (2 folds)')
    assert run_environment(replace(run, folds=folds))['threads'] == '1 (1 fold) or 2 (2 folds) or not known (1 fold)'
    assert run_environment(replace(run, folds=folds[1:3]))['threads'] == 2


def test_a_run_that_measured_no_time_and_kept_no_config(tmp_path: Path) -> None:
    run = noisy_run(tmp_path)
    for result in run.folds:
        path = result.folder / 'fold.json'
        path.write_text(path.read_text().replace('"seconds": {"total": 10.0, "training": 9.5}', '"seconds": {}'))
    (tmp_path / 'config.py').unlink()
    summary = summarise(read_run(tmp_path))
    assert summary['duration'] == {} and summary['config'] == ''
