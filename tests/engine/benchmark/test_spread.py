"""Medians, quartiles, ratios."""

from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.engine.benchmark.spread import ratio_of_medians, spread


def test_median_and_quartiles() -> None:
    found = spread([5, 1, 2, 4, 3])
    assert found == dict(median=3, low=2, high=4, runs=[5, 1, 2, 4, 3])
    assert spread([2.0]) == dict(median=2, low=2, high=2, runs=[2])


def test_ratio_is_reference_over_other() -> None:
    found = ratio_of_medians([4, 6, 8], [2, 3, 4])
    assert found == dict(ratio=2, low=2, high=2)      # twice as fast in every round: nothing is uncertain
    assert ratio_of_medians([1, 1, 1], [2, 2, 2])['ratio'] == 0.5


def test_interval_comes_from_whole_rounds() -> None:
    rng = np.random.default_rng(0)
    busy = 1 + 10 * rng.random(40)                      # slows both of a round
    found = ratio_of_medians(3 * busy, 2 * busy)
    assert found['low'] == pytest.approx(1.5) and found['high'] == pytest.approx(1.5)
    apart = ratio_of_medians(3 * busy, 2 * np.roll(busy, 7))
    assert apart['low'] < 1.4 and apart['high'] > 1.6
    assert ratio_of_medians(3 * busy, 2 * np.roll(busy, 7)) == apart      # the draws are seeded


@pytest.mark.parametrize(('a', 'b'), [([1, 2], [1]), ([], [])])
def test_needs_the_same_rounds(a: list, b: list) -> None:
    with pytest.raises(ValueError, match='the same rounds'):
        ratio_of_medians(a, b)
