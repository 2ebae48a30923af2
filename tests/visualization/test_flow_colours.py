from __future__ import annotations

import colorsys

import numpy as np
import pytest

from fdp_mmaction.visualization.flow_colours import colour_wheel, flow_to_rgb


def colour(x, y, limit=2.0):
    return flow_to_rgb(np.array([x, y], np.float32).reshape(2, 1, 1), limit)[0, 0].tolist()


@pytest.mark.parametrize('move, hue', [((2, 0), 0), ((0, 2), 0.25), ((-2, 0), 0.5), ((0, -2), 0.75), ((2, 2), 0.125)])
def test_hue_is_the_direction(move, hue):
    assert colour(*move) == pytest.approx(colorsys.hsv_to_rgb(hue, 1, 1), abs=1e-6)


def test_saturation_is_the_length():
    assert colour(0, 0) == [1, 1, 1]
    assert colour(1, 0) == pytest.approx([1, 0.5, 0.5])
    assert colour(7, 0) == colour(2, 0) == [1, 0, 0]
    assert colour(0.001, 0, limit=0.001) == [1, 0, 0]


def test_wheel_is_the_key():
    wheel = colour_wheel(41)
    assert wheel.shape == (41, 41, 4)
    assert wheel[20, 20].tolist() == [1, 1, 1, 1] and wheel[0, 0, 3] == 0
    for column, row in ((40, 20), (20, 40), (0, 20), (20, 0), (30, 20), (26, 12)):
        expected = colour(column - 20, row - 20, limit=20)
        assert wheel[row, column].tolist() == pytest.approx([*expected, 1], abs=1e-6)
