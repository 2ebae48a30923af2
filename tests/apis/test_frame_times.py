from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.apis.frame_times import even_frames, is_uneven, mean_rate


def test_constant_rates_stay_as_they_are():
    times = np.arange(50) / 29.97
    rounded = times.round(3)                # as containers with a clock of milliseconds have it
    assert not is_uneven(times) and not is_uneven(rounded) and not is_uneven(None) and not is_uneven(times[:2])
    np.testing.assert_array_equal(even_frames(times), np.arange(50))
    assert mean_rate(times) == pytest.approx(29.97) and mean_rate(None) is None and mean_rate(times[:1]) is None


@pytest.mark.parametrize('seed', range(5))
def test_every_instant_has_the_nearest_frame(seed):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.choice([1, 1, 1, 2, 5], 40)) * 0.02
    assert is_uneven(times)
    order = even_frames(times)
    step = np.median(np.diff(times))
    instants = times[0] + step * np.arange(len(order))
    for instant, row in zip(instants, order):
        assert abs(times[row] - instant) <= np.abs(times - instant).min() + 1e-6
    assert order[0] == 0 and order[-1] == 39 and (np.diff(order) >= 0).all()
    assert abs(instants[-1] - times[-1]) < 0.51 * step


def test_faster_frames_are_passed_over():
    times = np.concatenate((np.arange(6) * 0.1, 0.5 + 0.02 * np.arange(1, 4), 0.6 + 0.1 * np.arange(4)))
    assert is_uneven(times)
    order = even_frames(times)
    np.testing.assert_allclose(times[order], np.arange(len(order)) * 0.1, atol=1e-9)
