from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from fdp_mmaction.functional.metrics import METRIC_NAMES, scores_from_confusion
from fdp_mmaction.functional.paired_tests import binomial_p_value, mcnemar, paired_bootstrap


def matrices(runs: int, subjects: int, rng: np.random.Generator, skill: int = 3) -> np.ndarray:
    return rng.integers(0, 4, (runs, subjects, 3, 3)) + skill * np.eye(3, dtype=np.int64)


@pytest.mark.parametrize('trials', [1, 2, 7, 20, 61])
def test_p_values_agree_with_scipy(trials: int) -> None:
    for successes in range(trials + 1):
        expected = binomtest(successes, trials, 0.5).pvalue
        assert binomial_p_value(successes, trials) == pytest.approx(expected, rel=1e-9)


def test_no_disagreement_and_many_samples() -> None:
    assert binomial_p_value(0, 0) == 1.0
    assert binomial_p_value(2500, 5000) == 1.0
    assert 0 < binomial_p_value(2000, 5000) < 1e-40


def test_mcnemar_counts() -> None:
    result = mcnemar([1, 1, 1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 1, 0, 0, 0])
    assert (result.both, result.only_a, result.only_b, result.neither) == (1, 4, 1, 2)
    assert result.p_value == pytest.approx(12 / 32)      # 2 (1 + 5) / 2^5
    mirrored = mcnemar([1, 0, 0, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 1, 0])
    assert (mirrored.only_a, mirrored.only_b, mirrored.p_value) == (1, 4, result.p_value)
    assert mcnemar([], []).p_value == 1.0


def test_mcnemar_needs_the_same_samples() -> None:
    with pytest.raises(ValueError, match='same samples: got 2 and 1'):
        mcnemar([1, 0], [1])


def test_bootstrap_agrees_with_a_loop_over_draws() -> None:
    rng = np.random.default_rng(3)
    a, b = matrices(2, 5, rng), matrices(1, 5, rng, skill=1)
    found = paired_bootstrap(a, b, num_samples=200, seed=4)
    draws = np.random.default_rng(4).integers(0, 5, (200, 5))
    for name in METRIC_NAMES:
        drawn = [np.mean([scores_from_confusion(run[draw].sum(axis=0))[name] for run in a])
                 - scores_from_confusion(b[0][draw].sum(axis=0))[name] for draw in draws]
        assert (found[name].low, found[name].high) == pytest.approx(tuple(np.quantile(drawn, (0.025, 0.975))))
        expected = min(1, 2 * (min(sum(d <= 0 for d in drawn), sum(d >= 0 for d in drawn)) + 1) / 201)
        assert found[name].p_value == pytest.approx(expected)
        assert found[name].difference == found[name].a - found[name].b
        assert found[name].b == pytest.approx(scores_from_confusion(b[0].sum(axis=0))[name])


def test_pairing_narrows_the_interval() -> None:
    """Two results that fail on the same people: the difference is surer than either score."""
    rng = np.random.default_rng(0)
    hard = np.stack([np.array([[n, 9 - n], [9 - n, n]]) for n in rng.integers(0, 10, 12)])
    better = hard + np.array([[1, 0], [0, 1]])
    paired = paired_bootstrap(better[None], hard[None], num_samples=400)['ACC']
    alone = paired_bootstrap(better[None], np.broadcast_to(hard[:1], hard.shape)[None], num_samples=400)['ACC']
    assert paired.high - paired.low < 0.3 * (alone.high - alone.low)
    assert paired.low > 0 and paired.p_value < 0.01


def test_a_result_against_itself() -> None:
    a = matrices(1, 6, np.random.default_rng(0))
    for found in paired_bootstrap(a, a, num_samples=100).values():
        assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_order_flips_the_sign() -> None:
    rng = np.random.default_rng(1)
    a, b = matrices(1, 6, rng), matrices(1, 6, rng)
    forth, back = paired_bootstrap(a, b, num_samples=150)['UF1'], paired_bootstrap(b, a, num_samples=150)['UF1']
    assert (forth.difference, forth.low, forth.p_value) == pytest.approx((-back.difference, -back.high, back.p_value))


@pytest.mark.parametrize(('first', 'second'), [((1, 4, 3, 3), (1, 5, 3, 3)), ((1, 1, 3, 3), (1, 1, 3, 3)),
                                               ((4, 3, 3), (4, 3, 3)), ((1, 4, 3, 3), (1, 4, 2, 2))])
def test_shapes_that_do_not_fit(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='same two or more subjects'):
        paired_bootstrap(np.ones(first, dtype=int), np.ones(second, dtype=int))
