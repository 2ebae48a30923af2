"""What repeated timings say: medians, quartiles, and how many times faster one thing is than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median and quartiles.

    Args:
        values (Sequence[float]): At least one.

    Returns:
        dict: ``median low high`` (the middle, the lower and the upper quartile) and ``runs``, all values in order.
    """
    low, median, high = np.quantile(np.asarray(values, dtype=float), (0.25, 0.5, 0.75)).tolist()
    return dict(median=median, low=low, high=high, runs=[float(value) for value in values])


def ratio_of_medians(reference: Sequence[float], other: Sequence[float], level: float = 0.95, num_samples: int = 2000,
                     seed: int = 0) -> dict[str, float]:
    """How many times faster one thing is than the reference, both timed in turn.

    A round holds one timing of each, taken one right after the other, so what slows the machine down for a while slows
    both. The interval therefore comes from drawing whole rounds with replacement.

    Args:
        reference (Sequence[float]): ``(R,)`` seconds of the reference.
        other (Sequence[float]): ``(R,)`` seconds of the other, of the same rounds.
        level (float): Coverage in (0, 1). Defaults to 0.95.
        num_samples (int): Number of draws. Defaults to 2000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        dict[str, float]: ``ratio`` of the medians, reference / other (above 1: the other is faster), and the ends
        ``low`` and ``high`` of its interval.

    Raises:
        ValueError: If the rounds are not the same number, or none.
    """
    a, b = np.asarray(reference, dtype=float), np.asarray(other, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f'A ratio needs timings of the same rounds; got {a.size} and {b.size}.')
    rounds = np.random.default_rng(seed).integers(0, len(a), (num_samples, len(a)))
    drawn = np.median(a[rounds], axis=1) / np.median(b[rounds], axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail)).tolist()
    return dict(ratio=float(np.median(a) / np.median(b)), low=low, high=high)
