from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.functional.head_motion import head_motion

LANDMARKS = np.stack(np.meshgrid(np.linspace(20, 80, 17), np.linspace(40, 90, 4)), axis=-1).reshape(68, 2)


def affine(height: int = 100, width: int = 100) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([0.5 + 0.002 * x - 0.004 * y, -0.3 + 0.003 * x + 0.001 * y])


def test_an_affine_motion_is_found_everywhere() -> None:
    np.testing.assert_allclose(head_motion(affine(), LANDMARKS), affine(), atol=1e-6)


def test_an_expression_hardly_bends_it() -> None:
    flow = affine()
    flow[:, 70:90, 20:50] += 2.0        # an eighth of the face moves by 2 pixels
    np.testing.assert_allclose(head_motion(flow, LANDMARKS), affine(), atol=0.01)


def test_what_lies_around_the_face_does_not_count() -> None:
    flow = affine()
    flow[:, :, 90:] = 30
    flow[:, :15] = 30
    np.testing.assert_allclose(head_motion(flow, LANDMARKS), affine(), atol=1e-6)


def test_a_face_outside_the_frame() -> None:
    with pytest.raises(ValueError, match='lies outside the frame of 100x100 pixels'):
        head_motion(affine(), LANDMARKS + 200)
