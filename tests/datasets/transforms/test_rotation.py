from __future__ import annotations

import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import RotateScaleFrames
from fdp_mmaction.datasets.transforms.rotation import rotation_matrix


@pytest.fixture
def results():
    imgs = np.random.default_rng(0).integers(0, 100, (3, 30, 40), dtype=np.uint8)
    return dict(imgs=imgs, img_shape=(30, 40), sample_id='x/y/z', landmarks=np.full((3, 68, 2), 5, np.float32))


def test_the_centre_stays_and_a_quarter_turn_goes_counter_clockwise():
    for degrees, scale in ((0, 2), (90, 1), (37, 0.5)):
        np.testing.assert_allclose(rotation_matrix(30, 40, degrees, scale) @ (19.5, 14.5, 1), (19.5, 14.5))
    np.testing.assert_allclose(rotation_matrix(30, 40, 90, 1) @ (29.5, 14.5, 1), (19.5, 4.5), atol=1e-9)
    np.testing.assert_allclose(rotation_matrix(30, 40, 0, 2) @ (29.5, 14.5, 1), (39.5, 14.5))


def test_draws_stay_in_range_and_differ(results):
    np.random.seed(0)
    shapes = []
    for _ in range(200):
        a, b = (RotateScaleFrames(degrees=10, ratio=0.2)(dict(results, landmarks=np.array([[[9.5, 14.5]]])))
                ['landmarks'][0, 0] - (19.5, 14.5))
        shapes.append((np.degrees(np.arctan2(b, -a)), np.hypot(a, b) / 10))
    angles, scales = np.array(shapes).T
    assert -10 <= angles.min() < -8 and 8 < angles.max() <= 10
    assert 0.8 <= scales.min() < 0.84 and 1.16 < scales.max() <= 1.2


def test_nothing_to_draw_changes_nothing(results):
    same = RotateScaleFrames(degrees=0, ratio=0)(results)
    np.testing.assert_array_equal(same['imgs'], results['imgs'])
    np.testing.assert_allclose(same['landmarks'], results['landmarks'], atol=1e-5)


def test_all_frames_move_alike_and_the_outside_is_grey(results):
    np.random.seed(5)
    still = dict(results, imgs=np.repeat(results['imgs'][:1], 3, axis=0)[:, :, ::-1])      # not contiguous
    moved = RotateScaleFrames(degrees=40, border=200)(still)['imgs']
    assert (moved == moved[0]).all() and moved.dtype == np.uint8
    assert (moved[0] == 200).sum() > 20 and (still['imgs'] < 100).all()


@pytest.mark.parametrize('options', [dict(degrees=-1), dict(degrees=181), dict(ratio=1.0), dict(ratio=-0.1),
                                     dict(border=256)])
def test_out_of_range(options):
    with pytest.raises(ValueError, match=r'degrees in \[0, 180\], a ratio in \[0, 1\)'):
        RotateScaleFrames(**options)
