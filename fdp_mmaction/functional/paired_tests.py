"""Whether two results on the same samples differ by more than chance.

- McNemar's test (Psychometrika 12, 1947), exact: of the samples that one of two classifiers alone gets right, each is
  as likely to be the first's as the second's, so their number follows a binomial distribution with p = 1/2.
- Paired bootstrap over subjects: the same drawn subjects score both, and the interval is that of the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .intervals import resampled_scores, subject_draws
from .metrics import METRIC_NAMES, scores_from_confusion


@dataclass(frozen=True)
class McNemar:
    """Result of McNemar's exact test.

    Args:
        both (int): Samples that both get right.
        only_a (int): Samples that only the first gets right.
        only_b (int): Samples that only the second gets right.
        neither (int): Samples that both get wrong.
        p_value (float): Two-sided; 1 where they never disagree.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float


@dataclass(frozen=True)
class Difference:
    """A score of the first minus that of the second.

    Args:
        a (float): Score of the first, averaged over its runs.
        b (float): Score of the second, averaged over its runs.
        low (float): Lower end of the difference's interval.
        high (float): Upper end.
        p_value (float): Two-sided, see :func:`paired_bootstrap`.
    """

    a: float
    b: float
    low: float
    high: float
    p_value: float

    @property
    def difference(self) -> float:
        """``a - b``."""
        return self.a - self.b


def binomial_p_value(successes: int, trials: int) -> float:
    """Two-sided p-value of a fair coin, in exact whole numbers.

    Args:
        successes (int): Number of heads, 0 to ``trials``.
        trials (int): Number of throws, at least 0.

    Returns:
        float: ``min(1, 2 P(X <= min(successes, trials - successes)))``; 1 without a throw.
    """
    tail = ways = 1
    for k in range(min(successes, trials - successes)):
        ways = ways * (trials - k) // (k + 1)      # from choosing k to choosing k + 1
        tail += ways
    return min(2 * tail, 2 ** trials) / 2 ** trials


def mcnemar(correct_a: Sequence[bool] | np.ndarray, correct_b: Sequence[bool] | np.ndarray) -> McNemar:
    """McNemar's exact test.

    It takes samples for independent. MEs of one person are not, so it is too sure of itself where results differ on
    few people; see :func:`paired_bootstrap`.

    Args:
        correct_a (Sequence[bool]): ``(N,)`` whether the first is right about each sample.
        correct_b (Sequence[bool]): ``(N,)`` the same of the second, in the same order.

    Returns:
        McNemar: Counts and p-value.

    Raises:
        ValueError: If the lengths differ.

    Examples:
        >>> mcnemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]).p_value
        0.0625
    """
    a, b = np.asarray(correct_a, dtype=bool).reshape(-1), np.asarray(correct_b, dtype=bool).reshape(-1)
    if a.shape != b.shape:
        raise ValueError(f'McNemar\'s test compares votes on the same samples: got {len(a)} and {len(b)}.')
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return McNemar(int((a & b).sum()), only_a, only_b, int((~a & ~b).sum()),
                   binomial_p_value(only_a, only_a + only_b))


def paired_bootstrap(a: np.ndarray, b: np.ndarray, level: float = 0.95, num_samples: int = 2000, seed: int = 0
                     ) -> dict[str, Difference]:
    """Differences of pooled scores with intervals over subjects, both results being scored on the same draws.

    Args:
        a (np.ndarray): ``(R, S, K, K)`` confusion matrix of the first for every run (seed) and left-out subject.
        b (np.ndarray): ``(Q, S, K, K)`` those of the second, for the same subjects in the same order.
        level (float): Coverage of the percentile interval, in (0, 1). Defaults to 0.95.
        num_samples (int): Number of draws. Defaults to 2000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        dict[str, Difference]: For each name of :data:`~fdp_mmaction.functional.metrics.METRIC_NAMES`. The p-value is
        twice the smaller share of draws with a difference not above, or not below, zero, counting the found result
        itself as a draw; so it is never below ``2 / (num_samples + 1)``.

    Raises:
        ValueError: If the shapes do not fit, or there are fewer than two subjects.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 4 or b.ndim != 4 or a.shape[1:] != b.shape[1:] or a.shape[1] < 2:
        raise ValueError('A paired bootstrap needs confusion matrices (R, S, K, K) and (Q, S, K, K) of the same two or '
                         f'more subjects; got shapes {a.shape} and {b.shape}.')
    counts = subject_draws(a.shape[1], num_samples, seed)
    first, second = resampled_scores(a, counts), resampled_scores(b, counts)
    tail = (1 - level) / 2
    results = {}
    for name in METRIC_NAMES:
        found = [float(np.mean([scores_from_confusion(run)[name] for run in runs.sum(axis=1)])) for runs in (a, b)]
        drawn = first[name] - second[name]
        low, high = np.quantile(drawn, (tail, 1 - tail)).tolist()
        # differences of equal counts may miss zero by rounding
        sides = ((drawn <= 1e-12).sum(), (drawn >= -1e-12).sum())
        p_value = min(1.0, 2 * (int(min(sides)) + 1) / (num_samples + 1))
        results[name] = Difference(*found, low, high, p_value)
    return results
