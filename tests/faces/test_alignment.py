from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.alignment import alignment_matrix, five_points, transform_points, warp_face

GOLDEN = Path(__file__).parents[1] / 'data/alignment_golden.npz'


@pytest.fixture(scope='module')
def golden():
    """Numbers of the reference alignment (OpenCV 4.7); face b leaves the image."""
    with np.load(GOLDEN) as archive:
        return dict(archive)


@pytest.mark.parametrize('face', 'ab')
@pytest.mark.parametrize('size', [64, 144])
def test_agrees_with_the_reference(golden, face, size):
    landmarks = golden[f'align_landmarks_{face}']
    matrix = alignment_matrix(landmarks, size)
    np.testing.assert_allclose(matrix, golden[f'align_matrix_{face}_{size}'], atol=1e-9)
    np.testing.assert_allclose(transform_points(landmarks, matrix), golden[f'align_land_{face}_{size}'], atol=1e-7)
    image, expected = golden['align_img'], golden[f'align_out_{face}_{size}']
    warped = warp_face(image, matrix, size)
    # OpenCV 5 rounds some values to the neighbouring grey level.
    assert warped.dtype == np.uint8 and np.abs(warped.astype(int) - expected).max() <= 1
    gray = warp_face(image[..., 0], matrix, size)
    assert np.array_equal(gray, warped[..., 0])


def test_geometry_by_construction():
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(0, 100, (68, 2))
    aligned = transform_points(landmarks, alignment_matrix(landmarks, size=100, box_factor=2.0))
    points = five_points(aligned)
    assert points[0, 1] == pytest.approx(points[1, 1])                    # eyes level
    assert points[0, 0] < points[1, 0]
    low, high = points.min(axis=0), points.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, 99 / 2)                  # box in the middle
    assert (high - low).max() == pytest.approx(99 / 2.0)                  # box factor


@pytest.mark.parametrize('angle, scale, shift', [(0.4, 1.7, (30, -12)), (-2.0, 0.3, (0, 500))])
def test_undoes_a_similarity(angle, scale, shift):
    rng = np.random.default_rng(1)
    landmarks = rng.uniform(0, 100, (68, 2))
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = landmarks @ rotation.T + shift
    np.testing.assert_allclose(transform_points(moved, alignment_matrix(moved)),
                               transform_points(landmarks, alignment_matrix(landmarks)), atol=1e-6)


def test_outside_of_the_image_is_border():
    matrix = np.array([[1.0, 0, 1000], [0, 1, 0]])
    assert (warp_face(np.zeros((10, 10), np.uint8), matrix, 20, border=77) == 77).all()


@pytest.mark.parametrize('landmarks, message', [
    (np.zeros((5, 2)), r'shape \(68, 2\)'), (np.full((68, 2), np.nan), 'finite'), (np.ones((68, 2)), 'one point')])
def test_unusable_landmarks(landmarks, message):
    with pytest.raises(FaceError, match=message):
        alignment_matrix(landmarks)
