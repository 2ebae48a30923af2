from __future__ import annotations

from pathlib import Path

import pytest

from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso.compare import compare_runs
from fdp_mmaction.engine.loso.pooling import pool
from fdp_mmaction.engine.loso.results import LosoRun
from fdp_mmaction.engine.loso.summary import WARNING
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.paired_tests import mcnemar, paired_bootstrap


def test_differences_and_tests(tmp_path: Path) -> None:
    good = noisy_run(tmp_path / 'good', skill=0.9, subjects=6, seeds=(0, 1), name='good')
    bad = noisy_run(tmp_path / 'bad', skill=0.1, subjects=6, seeds=(3, 4, 5), name='bad', noise=1)
    found = compare_runs(good, bad)
    a, b = pool(good), pool(bad)
    expected = paired_bootstrap(a.matrices, b.matrices)
    assert found.differences == {name: expected[name] for name in ('UF1', 'UAR', 'ACC')}
    assert found.differences['UF1'].low > 0 and found.differences['UF1'].p_value < 0.01
    assert list(found.tests) == [(0, 3), (1, 4)]
    correct = [[votes[1].label == votes[1].prediction for votes in pooled.by_sample()] for pooled in (a, b)]
    assert found.tests[1, 4] == mcnemar(*correct)
    assert (found.num_mes, found.num_subjects, found.warnings) == (36, 6, ())
    text = found.markdown()
    assert '# good against bad' in text and '36 MEs of 6 subjects. Selection: last and last.' in text
    difference = found.differences['UF1']
    assert f'| UF1 | {difference.a:.3f} | {difference.b:.3f} | {difference.difference:+.3f} |' in text
    test = found.tests[0, 3]
    assert f'| 0 / 3 | {test.both} | {test.only_a} | {test.only_b} | {test.neither} |' in text


def test_a_run_against_itself_by_selection(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, selections=('last', 'inner-val', 'best-on-test'), subjects=6)
    same = compare_runs(run, run)
    assert all(found.p_value == 1 for found in same.differences.values()) and same.tests[0, 0].p_value == 1
    assert same.selections == ('last', 'last') and same.warnings == ()
    other = compare_runs(run, run, 'best-on-test', 'last')
    assert other.names == ('toy (best-on-test)', 'toy (last)')
    assert other.warnings[0] == WARNING and 'in different ways' in other.warnings[1]
    assert f'> **Warning.** {WARNING}' in other.markdown()


def make(folder: Path, votes: dict[str, list[tuple[str, int]]], **more: object) -> LosoRun:
    folds = [fold(subject, 0, {'last': [vote(f'toy/{subject}/{clip}', label, 0) for clip, label in found]})
             for subject, found in votes.items()]
    return write_run(folder, folds, **more)


BASE = {'a': [('E1', 0), ('E2', 1)], 'b': [('E1', 0)]}


@pytest.mark.parametrize(('votes', 'more', 'message'), [
    (BASE, dict(classes=('neg', 'pos', 'other')), 'the classes are neg, pos, sur in one and neg, pos, other in the'),
    ({'a': BASE['a']}, {}, 'only the first has b; finish both'),
    ({**BASE, 'c': [('E1', 0)]}, {}, 'only the second has c; finish both'),
    ({'a': BASE['a'], 'b': [('E9', 0)]}, {}, 'only the first has toy/b/E1, only the second has toy/b/E9; run both'),
    ({'a': [('E1', 0), ('E2', 2)], 'b': BASE['b']}, {}, '1 MEs are of another class or subject, such as toy/a/E2'),
])
def test_other_subjects_samples_and_classes_are_refused(tmp_path: Path, votes: dict, more: dict, message: str) -> None:
    with pytest.raises(DatasetError, match=message) as error:
        compare_runs(make(tmp_path / 'a', BASE), make(tmp_path / 'b', votes, **more))
    assert str(error.value).startswith(f'{tmp_path / "a"} and {tmp_path / "b"} cannot be compared: ')
    assert '\n' not in str(error.value)


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    many = {name: [('E1', 0)] for name in 'abcdefg'}
    with pytest.raises(DatasetError, match='only the first has b, c, d and 3 more;'):
        compare_runs(make(tmp_path / 'a', many), make(tmp_path / 'b', {'a': [('E1', 0)]}))


def test_the_order_of_subjects_does_not_matter(tmp_path: Path) -> None:
    first = make(tmp_path / 'a', {'a': [('E1', 0)], 'b': [('E1', 1)]})
    second = make(tmp_path / 'b', {'a': [('E1', 0)], 'b': [('E1', 1)]}, subjects=['b', 'a'])
    test = compare_runs(first, second).tests[0, 0]
    assert (test.both, test.neither, test.only_a, test.only_b) == (1, 1, 0, 0)


def test_an_unfinished_run_is_named(tmp_path: Path) -> None:
    first, second = make(tmp_path / 'a', BASE, seeds=[0, 1]), make(tmp_path / 'b', BASE)
    found = compare_runs(first, second)
    assert found.warnings == (f'{tmp_path / "a"} is not finished: 2 folds are missing; counted seeds: 0.',)
    assert found.names == (str(tmp_path / 'a'), str(tmp_path / 'b'))      # both are called toy


def test_one_subject_is_tested_without_intervals(tmp_path: Path) -> None:
    runs = [make(tmp_path / name, {'a': BASE['a']}) for name in 'ab']
    found = compare_runs(*runs)
    assert found.differences == dict(UF1=None, UAR=None, ACC=None)
    assert 'no interval over subjects' in found.markdown() and '| 0 / 0 | 1 | 0 | 0 | 1 |' in found.markdown()
