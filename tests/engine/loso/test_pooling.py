from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as oracle

from fake_loso import fold, noisy_run, vote, write_run
from fdp_mmaction.engine.loso.pooling import counted_folds, pool, pool_all, selections_of
from fdp_mmaction.engine.loso.results import LosoRun
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.intervals import subject_bootstrap


def run_of(folder: Path, pairs: dict[str, list[tuple[int, int]]], classes: int = 3, **more: object) -> LosoRun:
    """A run of one seed from the (true, predicted) classes of each subject."""
    folds = [fold(subject, 0, {'last': [vote(f'toy/{subject}/EP{k:02d}', *pair, num_classes=classes)
                                        for k, pair in enumerate(votes)]}) for subject, votes in pairs.items()]
    return write_run(folder, folds, [f'class{k}' for k in range(classes)], **more)


@pytest.mark.parametrize('case', ['random', 'absent class', 'one ME per fold', 'one subject', 'one ME', 'one class',
                                  'never predicted'])
@pytest.mark.parametrize('seed', range(3))
def test_scores_agree_with_scikit_learn(tmp_path: Path, case: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 7))
    sizes = dict.fromkeys((f's{k}' for k in range(1 if case in ('one subject', 'one ME') else int(rng.integers(2, 9)))),
                          1 if case in ('one ME per fold', 'one ME') else 5)
    used = 1 if case == 'one class' else classes - 1 if case == 'absent class' else classes
    guessed = max(used - 1, 1) if case == 'never predicted' else classes
    pairs = {name: [(int(rng.integers(used)), int(rng.integers(guessed))) for _ in range(size)]
             for name, size in sizes.items()}
    pooled = pool(run_of(tmp_path, pairs, classes))
    truth, guess = zip(*(pair for votes in pairs.values() for pair in votes))
    options = dict(labels=list(range(classes)), zero_division=0)
    scores = {name: score.mean for name, score in pooled.scores(intervals=False).items()}
    assert scores['ACC'] == scores['WAR'] == pytest.approx(oracle.accuracy_score(truth, guess))
    assert scores['UAR'] == pytest.approx(oracle.recall_score(truth, guess, average='macro', **options))
    assert scores['UF1'] == pytest.approx(oracle.f1_score(truth, guess, average='macro', **options))
    assert scores['WF1'] == pytest.approx(oracle.f1_score(truth, guess, average='weighted', **options))
    assert np.array_equal(pooled.matrices[0].sum(axis=0),
                          oracle.confusion_matrix(truth, guess, labels=options['labels']))
    table = oracle.precision_recall_fscore_support(truth, guess, **options)
    for k, row in enumerate(pooled.per_class().values()):
        found = (row['precision'], row['recall'], row['f1'], row['support'])
        assert found == pytest.approx([column[k] for column in table])
    for name, row in pooled.per_subject().items():
        assert (row['mes'], row['ACC']) == (len(pairs[name]), pytest.approx(oracle.accuracy_score(*zip(*pairs[name]))))


def test_pooling_averaging_and_the_kinds_of_f1_are_four_numbers(tmp_path: Path) -> None:
    """One run, four values of "F1"; only the first is the protocol's.

    Class 0: 4 hits, 2 misses, 1 false alarm; class 1: 2, 1, 2; class 2: 1, 1, 1.
    """
    pairs = {'a': [(0, 0), (0, 0), (1, 1)], 'b': [(0, 0), (0, 1), (1, 1)], 'c': [(0, 0), (0, 1), (2, 2)],
             'd': [(2, 0)], 'e': [(1, 2)]}
    pooled = pool(run_of(tmp_path, pairs))
    scores = {name: score.mean for name, score in pooled.scores(intervals=False).items()}
    f1 = [8 / 11, 4 / 7, 1 / 2]
    assert scores['UF1'] == pytest.approx(sum(f1) / 3)                              # macro over pooled votes: 0.600
    assert scores['ACC'] == pytest.approx(7 / 11)                                   # micro: 0.636
    assert scores['WF1'] == pytest.approx((6 * f1[0] + 3 * f1[1] + 2 * f1[2]) / 11)      # weighted: 0.643
    # averaged over folds: a 1, b (2/3 + 2/3)/2, c (2/3 + 0 + 1)/3, d 0, e 0; classes a fold does not have left out
    seen = np.mean([oracle.f1_score(*zip(*votes), average='macro', zero_division=0) for votes in pairs.values()])
    assert seen == pytest.approx((1 + 2 / 3 + 5 / 9 + 0 + 0) / 5)                   # 0.444
    fixed = np.mean([oracle.f1_score(*zip(*votes), average='macro', labels=[0, 1, 2], zero_division=0)
                     for votes in pairs.values()])
    assert len({round(value, 3) for value in (scores['UF1'], scores['ACC'], scores['WF1'], seen, fixed)}) == 5


def test_seeds_are_averaged_after_scoring(tmp_path: Path) -> None:
    folds = [fold(subject, seed, {'last': [vote(f'toy/{subject}/EP{k}', k % 2, (k % 2) ^ (wrong and k == 0), 2)
                                           for k in range(3)]})
             for seed, wrong in ((0, False), (5, True)) for subject in ('a', 'b')]
    pooled = pool(write_run(tmp_path, folds, ['x', 'y']))
    assert (pooled.seeds, pooled.subjects, pooled.num_mes) == ((0, 5), ('a', 'b'), 6)
    score = pooled.scores()['ACC']
    assert score.runs == (1, pytest.approx(2 / 3)) and score.mean == pytest.approx(5 / 6)
    assert score.sd == pytest.approx(np.std([1, 2 / 3], ddof=1))
    assert (score.low, score.high) == pytest.approx(subject_bootstrap(pooled.matrices)['ACC'])
    assert pooled.per_subject()['a'] == dict(dataset='toy', mes=3, correct=2.5, ACC=pytest.approx(2.5 / 3))
    assert pooled.per_class()['x']['recall'] == pytest.approx((1 + 1 / 2) / 2)
    assert [len(votes) for votes in pooled.by_sample()] == [2] * 6
    assert all(len({one.sample_id for one in votes}) == 1 for votes in pooled.by_sample())


def test_one_subject_and_one_seed_have_neither_interval_nor_deviation(tmp_path: Path) -> None:
    score = pool(run_of(tmp_path, {'a': [(0, 0), (1, 0)]})).scores()['UF1']
    assert (score.sd, score.low, score.high) == (None, None, None)


def test_parts_of_a_composite(tmp_path: Path) -> None:
    votes = {'ab/s1': [vote('ab/s1/E1', 0, 0, dataset='ab'), vote('ab/s1/E2', 1, 0, dataset='ab')],
             'cd/s1': [vote('cd/s1/E1', 1, 1, dataset='cd')]}
    # subjects of composites carry the dataset's name
    folds = [fold(name, 0, {'last': [type(one)(**{**vars(one), 'subject': name}) for one in found]})
             for name, found in votes.items()]
    pooled = pool(write_run(tmp_path, folds))
    assert pooled.datasets == ['ab', 'cd']
    part = pooled.part('ab')
    assert (part.subjects, part.num_mes, part.scores()['ACC'].mean) == (('ab/s1',), 2, 0.5)
    assert part.matrices.shape == (1, 1, 3, 3) and pooled.part('cd').scores()['ACC'].mean == 1
    with pytest.raises(DatasetError, match='No ME of ef was voted on; there are votes for ab, cd'):
        pooled.part('ef')


def test_a_comparison_has_three_selections(tmp_path: Path) -> None:
    run = noisy_run(tmp_path, selections=('last', 'inner-val', 'best-on-test'))
    assert selections_of(run) == ('last', 'inner-val', 'best-on-test') == tuple(pool_all(run))
    assert pool(run).selection == 'last' and pool(run, 'best-on-test').selection == 'best-on-test'


def partial(folder: Path, done: dict[int, str], subjects: str = 'abcd') -> LosoRun:
    folds = [fold(name, seed, {'last': [vote(f'toy/{name}/E1', 0, 0)]}) for seed, names in done.items()
             for name in names]
    return write_run(folder, folds, seeds=sorted(done), subjects=list(subjects))


@pytest.mark.parametrize(('done', 'counted'), [
    ({0: 'abcd', 1: 'abcd'}, ((0, 1), 'abcd')),
    ({0: 'abcd', 1: 'abc'}, ((0,), 'abcd')),        # complete seeds alone
    ({0: 'abc', 1: 'a'}, ((0,), 'abc')),            # three folds are more than two
    ({0: 'abd', 1: 'abd', 2: ''}, ((0, 1), 'abd')),      # c fails in every seed
    ({0: 'ab', 1: 'abc'}, ((0, 1), 'ab')),
    ({0: 'ab', 1: 'cd'}, ((0,), 'ab')),
])
def test_an_unfinished_run_counts_the_same_subjects_in_every_seed(
        tmp_path: Path, done: dict[int, str], counted: tuple[tuple[int, ...], str]) -> None:
    run = partial(tmp_path, done)
    assert counted_folds(run) == (counted[0], tuple(counted[1]))
    assert pool(run).matrices.shape[:2] == (len(counted[0]), len(counted[1]))


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    one, two = vote('toy/a/E1', 0, 0), vote('toy/a/E2', 1, 0)

    def refuse(name: str, match: str, votes: dict[tuple[str, int], list], **more: object) -> None:
        folds = [fold(subject, seed, {'last': found}) for (subject, seed), found in votes.items()]
        with pytest.raises(DatasetError, match=match):
            pool(write_run(tmp_path / name, folds, **more))

    refuse('twice', 'toy/a/E1 was voted on twice', {('a', 0): [one, one]})
    refuse('stranger', 'of subject a lies in the fold of b', {('b', 0): [one]})
    refuse('other', 'Fold a of seed 1 .* tested other MEs or labels than seed 0', {('a', 0): [one], ('a', 1): [two]})
    refuse('label', 'tested other MEs or labels', {('a', 0): [one], ('a', 1): [vote('toy/a/E1', 1, 0)]})
    refuse('class', 'there are 3 classes', {('a', 0): [vote('toy/a/E1', 0, 3, 4)]})
    refuse('scores', 'has 4 scores for 3 classes', {('a', 0): [vote('toy/a/E1', 0, 2, 4)]})
    refuse('none', 'has no votes of the selection last', {('a', 0): []})
    refuse('selection', 'has no votes of the selection inner-val', {('a', 0): [one]}, selection='inner-val')
    refuse('unknown', "with the selection 'luck', which is none of", {('a', 0): [one]}, selection='luck')
    refuse('classes', 'names no classes', {('a', 0): [one]}, classes=())
    refuse('empty', 'has no finished fold yet', {}, seeds=[0], subjects=['a'])
