from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic.action_units import UNITS, bump_kernel, displacement, unit_bumps
from fdp_mmaction.datasets.synthetic.identity import draw_identity
from fdp_mmaction.errors import DatasetError

ME = draw_identity(0, 0)


def grid(step: float = 4.0) -> np.ndarray:
    ox, oy = ME.origin
    return np.stack(np.meshgrid(ox + np.arange(-160, 161, step), oy + np.arange(-160, 241, step)))


def test_kernel_is_nearly_a_gaussian_and_ends():
    r2 = np.linspace(0, 20, 400)
    kernel = bump_kernel(r2)
    assert kernel[0] == 1
    assert np.abs(kernel - np.exp(-r2 / 2)).max() < 0.04
    assert (kernel[r2 >= 16] == 0).all() and (kernel[r2 < 15.9] > 0).all()


def test_displacement_is_the_sum_of_its_bumps():
    bumps = unit_bumps(ME, 12, 'L', style=0.5)
    points = np.random.default_rng(0).uniform(150, 480, (2, 50))
    expected = np.zeros((2, 50))
    for k in range(50):
        for cx, cy, sx, sy, dx, dy in bumps:
            r2 = ((points[0, k] - cx) / sx) ** 2 + ((points[1, k] - cy) / sy) ** 2
            value = (1 - r2 / 16) ** 8 if r2 < 16 else 0.0
            expected[:, k] += value * dx, value * dy
    np.testing.assert_allclose(displacement(bumps, points), expected, atol=1e-12)
    assert displacement(bumps, points.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize('unit', list(UNITS))
def test_every_unit_moves_its_own_side(unit):
    points = grid()
    left = displacement(unit_bumps(ME, unit, 'L'), points)
    right = displacement(unit_bumps(ME, unit, 'R'), points)
    size = np.hypot(*left)
    assert 0.5 < size.max() < 2
    # The subject's left is the image's right.
    assert (size * (points[0] - ME.origin[0])).sum() > 0
    mirrored = right[:, :, ::-1] * np.array([-1, 1])[:, None, None]
    np.testing.assert_allclose(mirrored, left, atol=1e-9)


@pytest.mark.parametrize('unit, direction', [
    (1, -1), (2, -1), (4, 1), (6, -1), (9, -1), (10, -1), (12, -1), (15, 1), (17, -1)])
def test_units_move_up_or_down_as_in_facs(unit, direction):
    field = displacement(unit_bumps(ME, unit, 'L'), grid())
    peak = np.unravel_index(np.hypot(*field).argmax(), field.shape[1:])
    assert np.sign(field[1][peak]) == direction


def test_style_is_the_subjects_own():
    plain, own = unit_bumps(ME, 4, 'L'), unit_bumps(ME, 4, 'L', style=1.0)
    other = unit_bumps(draw_identity(0, 1), 4, 'L', style=1.0)
    assert not np.allclose(plain, own) and not np.allclose(own[:, 4:], other[:, 4:])


def test_unknown_unit_and_side():
    with pytest.raises(DatasetError, match='Action unit 99'):
        unit_bumps(ME, 99, 'L')
    with pytest.raises(DatasetError, match="'B'"):
        unit_bumps(ME, 4, 'B')
