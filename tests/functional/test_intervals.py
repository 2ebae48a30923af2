from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.functional.intervals import class_bootstrap, subject_bootstrap, subject_draws
from fdp_mmaction.functional.metrics import METRIC_NAMES, per_class_scores, scores_from_confusion


def matrices(subjects: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 5, (subjects, 3, 3)) + 3 * np.eye(3, dtype=np.int64)


def test_agrees_with_a_loop_over_draws() -> None:
    found = matrices(5, np.random.default_rng(1))
    low, high = subject_bootstrap(found, num_samples=300, seed=7)['UF1']
    draws = np.random.default_rng(7).integers(0, 5, (300, 5))
    scores = [scores_from_confusion(sum(found[i] for i in draw))['UF1'] for draw in draws]
    assert (low, high) == pytest.approx(tuple(np.quantile(scores, (0.025, 0.975))))


def test_holds_the_score_and_narrows_with_more_subjects() -> None:
    rng = np.random.default_rng(0)
    few, many = matrices(6, rng), matrices(60, rng)
    for found in (few, many):
        intervals = subject_bootstrap(found, num_samples=500)
        assert set(intervals) == set(METRIC_NAMES)
        score = scores_from_confusion(found.sum(axis=0))
        assert all(low <= score[name] <= high for name, (low, high) in intervals.items())
    widths = [np.diff(subject_bootstrap(found, num_samples=500)['ACC'])[0] for found in (few, many)]
    assert widths[1] < 0.6 * widths[0]


def test_averages_runs() -> None:
    rng = np.random.default_rng(0)
    runs = np.stack([matrices(6, rng), matrices(6, rng)])
    same = subject_bootstrap(np.stack([runs[0], runs[0]]), num_samples=200)
    assert same['UF1'] == pytest.approx(subject_bootstrap(runs[0], num_samples=200)['UF1'])
    assert subject_bootstrap(runs, num_samples=200)['UF1'] != same['UF1']


def test_equal_subjects_leave_no_doubt() -> None:
    low, high = subject_bootstrap(np.stack([np.diag([3, 2, 1])] * 4), num_samples=50)['UF1']
    assert low == high == 1.0


@pytest.mark.parametrize('shape', [(3, 3), (1, 3, 3), (2, 1, 3, 3)])
def test_one_subject_has_no_interval(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='at least two'):
        subject_bootstrap(np.ones(shape, dtype=np.int64))


def test_intervals_of_classes_are_those_of_the_same_draws() -> None:
    found = np.stack([matrices(5, np.random.default_rng(run)) for run in (0, 1)])
    draws = [np.repeat(np.arange(5), counts) for counts in subject_draws(5, 200)]
    values = np.array([np.mean([per_class_scores(run[draw].sum(axis=0))['f1'] for run in found], axis=0)
                       for draw in draws])
    expected = np.quantile(values, (0.05, 0.95), axis=0).T
    np.testing.assert_allclose(class_bootstrap(found, level=0.9, num_samples=200), expected)
    with pytest.raises(ValueError, match='at least two'):
        class_bootstrap(found[:, :1])
