from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic.identity import draw_identity, outline_half_width, rest_landmarks


def test_subjects_differ_and_are_reproducible():
    assert draw_identity(3, 5) == draw_identity.__wrapped__(3, 5)
    assert draw_identity(3, 5) != draw_identity(3, 6) != draw_identity(4, 6)


@pytest.mark.parametrize('subject', range(12))
def test_landmarks_have_the_shape_of_a_face(subject):
    me = draw_identity(0, subject)
    points = rest_landmarks(me) - me.origin
    assert points.shape == (68, 2)
    mirror = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
              45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
              54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    np.testing.assert_allclose(points[mirror] * (-1, 1), points, atol=1e-9)
    assert (np.diff(points[1:16, 0]) > 0).all() and points[:17, 1].argmax() == 8
    width = points[:17, 0].max() - points[:17, 0].min()
    assert 255 < width < 300
    brow, eye, nose, mouth, chin = (points[i, 1].mean() for i in ([17, 21, 22, 26], range(36, 48), [30], [48, 54], [8]))
    assert brow < eye - 15 and eye + 60 < nose and nose + 30 < mouth and mouth + 50 < chin
    assert (points[[37, 38, 43, 44], 1] < points[[41, 40, 47, 46], 1] - 8).all()
    # Eyes inside the head, mouth narrower than the face at its height.
    assert np.abs(points[36:48, 0]).max() < outline_half_width(me, np.array(0.0))
    assert points[54, 0] < outline_half_width(me, points[54, 1]) - 20


def test_outline_closes_at_crown_and_chin():
    me = draw_identity(0, 0)
    ends = outline_half_width(me, np.array([me.crown_y - 1, me.crown_y, me.chin_y, me.chin_y + 5]))
    np.testing.assert_allclose(ends, 0, atol=1e-6)
    assert outline_half_width(me, np.array(22.0)) == pytest.approx(me.half_width)


def test_looks_vary():
    people = [draw_identity(0, k) for k in range(40)]
    assert len({p.hair_style for p in people}) >= 5
    assert 0.1 < np.mean([p.glasses != 'none' for p in people]) < 0.6
    assert np.ptp([np.mean(p.skin) for p in people]) > 0.2
