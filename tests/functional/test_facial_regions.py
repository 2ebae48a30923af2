from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips
from fdp_mmaction.datasets.synthetic.scene import aligned_scene
from fdp_mmaction.functional.facial_regions import MIRROR, REGIONS, region_ellipses, region_masks

FACE = aligned_scene(plan_clips(SyntheticConfig(1, 1))[0], 144)[0].landmarks([0])[0].astype(np.float64)
PLACE = {region.label: index for index, region in enumerate(REGIONS)}


def test_mirrored_points_are_those_of_a_mirrored_face() -> None:
    assert sorted(MIRROR) == list(range(68)) and (MIRROR[MIRROR] == np.arange(68)).all()
    mirrored = FACE[MIRROR] * (-1, 1) + (143, 0)
    assert np.abs(mirrored - FACE).max() < 12        # of 144 pixels; other points are further away from each other
    x = FACE[:, 0] - FACE[27:31, 0].mean()
    pairs = [index for index in range(68) if MIRROR[index] != index]
    assert (np.sign(x[pairs]) == -np.sign(x[MIRROR[pairs]])).all()


def test_regions_lie_where_they_are_called() -> None:
    centres, radii, angle = region_ellipses(FACE)
    at = {name: centres[index] for name, index in PLACE.items()}
    assert len(PLACE) == len(REGIONS) == 17 and abs(angle) < 0.1 and (radii > 2).all()
    for side, sign in (('R', -1), ('L', 1)):        # the subject's right is on the left of the picture
        assert all(sign * (at[f'{name} {side}'][0] - FACE[30, 0]) > 0 for name in ('inner brow', 'cheek', 'nose side'))
        assert sign * (at[f'outer brow {side}'][0] - at[f'inner brow {side}'][0]) > 0
        order = [at[f'{name} {side}'][1] for name in ('inner brow', 'upper eyelid', 'lower eyelid', 'cheek',
                                                      'mouth corner')]
        assert order == sorted(order)
    assert at['nose side L'][1] < at['upper lip'][1] < at['lower lip'][1] < at['chin'][1] < FACE[8, 1]


def test_masks_move_turn_and_grow_with_the_face() -> None:
    masks = region_masks(FACE, 144, 144)
    assert masks.shape == (17, 144, 144) and masks.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(region_masks(FACE + (3, -2), 144, 144), np.roll(masks, (-2, 3), (1, 2)))
    quarter = np.stack([FACE[:, 1], 143 - FACE[:, 0]], axis=1)      # turned to the left
    np.testing.assert_array_equal(region_masks(quarter, 144, 144), np.rot90(masks, axes=(1, 2)))
    area = region_masks(2 * FACE, 288, 288).sum(axis=(1, 2)) / masks.sum(axis=(1, 2))
    assert (np.abs(area - 4) < 0.5).all()
    y, x = np.indices((144, 144))
    for mask, centre in zip(masks, region_ellipses(FACE)[0]):
        np.testing.assert_allclose([x[mask].mean(), y[mask].mean()], centre, atol=0.6)


def test_a_region_outside_the_frame_has_no_pixel() -> None:
    assert not region_masks(FACE + (0, 100), 144, 144)[PLACE['chin']].any()


@pytest.mark.parametrize('points', [np.zeros((5, 2)), np.zeros((68, 3)), np.zeros((68, 2))])
def test_what_is_no_face(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r'68 landmarks, \(68, 2\)|both lie in one place'):
        region_ellipses(points)
