from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.faces.alignment import alignment_matrix, five_points, transform_points
from fdp_mmaction.faces.mean_shape import MEAN_SHAPE, centred_face, place_mean_shape


def test_eyes_are_one_apart_and_level():
    left, right, nose, *mouth = five_points(MEAN_SHAPE)
    np.testing.assert_allclose([left, right], [(-0.5, 0), (0.5, 0)], atol=1e-9)
    assert np.isfinite(MEAN_SHAPE).all() and 0 < nose[1] < min(corner[1] for corner in mouth) < MEAN_SHAPE[8, 1]
    assert MEAN_SHAPE[17:27, 1].max() < MEAN_SHAPE[36:48, 1].min()      # brows above eyes


def test_placed():
    left, right, *_ = five_points(place_mean_shape(30, 20, 8))
    np.testing.assert_allclose([left, right], [(26, 20), (34, 20)])


@pytest.mark.parametrize('height, width', [(60, 80), (80, 60), (64, 64)])
def test_a_centred_face_is_aligned_to_the_central_square(height, width):
    side = min(height, width)
    matrix = alignment_matrix(centred_face(height, width), 144)
    corners = np.array([((width - side) / 2, (height - side) / 2), ((width + side) / 2 - 1, (height + side) / 2 - 1)])
    np.testing.assert_allclose(transform_points(corners, matrix), [(0, 0), (143, 143)], atol=1e-9)
