from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.smoothing import smooth_landmarks


def _reference(values: np.ndarray, window: int) -> np.ndarray:
    """A parabola through every window, value by value."""
    half, last = window // 2, len(values) - 1
    out = np.empty(len(values))
    for t in range(len(values)):
        start = min(max(t - half, 0), last + 1 - window)
        times = np.arange(start, start + window)
        out[t] = np.polyval(np.polyfit(times - t, values[times], 2), 0)
    return out


@pytest.mark.parametrize('window, count', [(5, 5), (5, 12), (9, 12)])
def test_against_a_fit_of_every_window(window, count):
    points = np.random.default_rng(0).normal(size=(count, 68, 2)).astype(np.float32)
    smooth = smooth_landmarks(points, window)
    assert smooth.dtype == np.float32 and smooth.shape == points.shape
    np.testing.assert_allclose(smooth[:, 7, 1], _reference(points[:, 7, 1].astype(float), window), atol=1e-5)


def test_motion_stays_and_noise_shrinks():
    motion = np.broadcast_to((0.1 * np.arange(15.0) ** 2)[:, None, None], (15, 68, 2))
    np.testing.assert_allclose(smooth_landmarks(motion, 7), motion, atol=1e-9)
    noise = np.random.default_rng(0).normal(size=(40, 68, 2))
    assert smooth_landmarks(noise, 9).std() < 0.6 * noise.std()


@pytest.mark.parametrize('count, used', [(4, None), (1, None), (5, 5), (6, 5), (8, 7)])
def test_short_clips(count, used):
    points = np.random.default_rng(0).normal(size=(count, 68, 2))
    wanted = points if used is None else smooth_landmarks(points, used)
    np.testing.assert_array_equal(smooth_landmarks(points, 9), wanted)


def test_off_by_default_value():
    points = np.ones((9, 68, 2))
    assert smooth_landmarks(points, 0) is points


@pytest.mark.parametrize('window', [-1, 1, 3, 4, 8])
def test_windows_that_cannot_be_used(window):
    with pytest.raises(FaceError, match=f'odd number of frames, 5 or more, or 0 for none, got {window}'):
        smooth_landmarks(np.ones((9, 68, 2)), window)
