from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.faces.crops import face_width, find_in_crop, square_crop

IMAGE = np.arange(60 * 80 * 3, dtype=np.uint32).reshape(60, 80, 3).astype(np.uint8)


def _reference(x: int, y: int, side: int) -> np.ndarray:
    """Pixel by pixel; beyond the image its nearest pixel."""
    return np.array([[IMAGE[min(max(row, 0), 59), min(max(column, 0), 79)] for column in range(x, x + side)]
                     for row in range(y, y + side)])


@pytest.mark.parametrize('box', [(30, 20, 10, 8), (0, 0, 12, 12), (70, 50, 20, 30), (-5, 10, 9, 9),
                                 (75.5, 3.2, 4.4, 6.6), (-40, -40, 10, 10), (100, 100, 6, 6), (0, 0, 80, 60),
                                 (10, 10, 0, 0)])
@pytest.mark.parametrize('factor', [1.0, 2.0])
def test_against_a_plain_loop(box, factor):
    crop, (x, y) = square_crop(IMAGE, box, factor)
    assert crop.shape[0] == crop.shape[1] == max(1, int(np.ceil(factor * max(box[2:])))) and crop.flags.c_contiguous
    np.testing.assert_array_equal(crop, _reference(x, y, len(crop)))


def test_the_box_is_in_the_middle():
    crop, (x, y) = square_crop(IMAGE, (30, 20, 10, 8))
    assert (x, y, len(crop)) == (25, 14, 20)


def test_points_return_to_the_image():
    seen = []

    def find(crop):
        seen.append(crop)
        return np.full((68, 2), 3.0)

    points = find_in_crop(IMAGE, lambda _: (30, 20, 10, 8), find)
    assert seen[0].shape == (20, 20, 3) and points[0].tolist() == [28, 17]
    assert find_in_crop(IMAGE, lambda _: (30, 20, 10, 8), lambda _: None) is None
    assert find_in_crop(IMAGE, lambda _: None, find) is None and len(seen) == 1


def test_face_width():
    points = np.zeros((68, 2))
    points[16] = 3, 4
    assert face_width(points) == 5
