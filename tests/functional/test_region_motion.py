"""Motion of regions against the exact flow of rendered action units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig, plan_clips
from fdp_mmaction.datasets.synthetic.flow import exact_flow
from fdp_mmaction.datasets.synthetic.scene import aligned_scene
from fdp_mmaction.functional.facial_regions import REGIONS, region_masks
from fdp_mmaction.functional.head_motion import head_motion
from fdp_mmaction.functional.region_motion import direction_of, region_motion

PLACE = {region.label: index for index, region in enumerate(REGIONS)}
PURE = replace(PRESETS['easy'], motion_px=(2.5, 2.5), foreign_au=0.0, blink=0.0, style=0.0, asymmetry=0.0)
UP, DOWN, LEFT, RIGHT = 90, 270, 180, 0


def onset_to_apex(units: str, subject: int = 0, **difficulty: float) -> tuple[np.ndarray, np.ndarray]:
    """Exact flow and landmarks of an ME with these action units, 144 pixels."""
    config = SyntheticConfig(subject + 1, 1, preset=replace(PURE, **difficulty))
    plan = replace(plan_clips(config)[subject], action_units=units)
    scene, _ = aligned_scene(plan, 144)
    return exact_flow(scene, 0, [plan.apex_index])[0], scene.landmarks([0])[0]


def moved(units: str, subject: int = 0) -> dict[str, np.ndarray]:
    flow, landmarks = onset_to_apex(units, subject)
    return dict(zip(PLACE, region_motion(flow - head_motion(flow, landmarks), landmarks)))


def turned(motion: np.ndarray, degrees: float) -> float:
    """How far a motion is from a direction, in degrees."""
    return abs((direction_of(motion) - degrees + 180) % 360 - 180)


@pytest.mark.parametrize('subject', [0, 3])
@pytest.mark.parametrize('units, region, directions', [
    ('1', 'inner brow', (UP, UP)), ('2', 'outer brow', (UP, UP)), ('4', 'inner brow', (315, 225)),
    ('6', 'cheek', (UP, UP)), ('9', 'nose side', (UP, UP)), ('12', 'mouth corner', (135, 45)),
    ('15', 'mouth corner', (DOWN, DOWN)), ('20', 'mouth corner', (LEFT, RIGHT))])
def test_an_action_unit_moves_its_region_most(units, region, directions, subject) -> None:
    motion = moved(units, subject)
    length = {name: np.hypot(*value) for name, value in motion.items()}
    assert {f'{region} L', f'{region} R'} == set(sorted(length, key=length.get)[-2:])
    assert min(length[f'{region} L'], length[f'{region} R']) > 0.25       # pixels
    for side, direction in zip('RL', directions):
        assert turned(motion[f'{region} {side}'], direction) < 35


@pytest.mark.parametrize('units, region, direction', [('10', 'upper lip', UP), ('17', 'chin', UP)])
def test_action_units_of_the_middle(units, region, direction) -> None:
    motion = moved(units)
    length = {name: np.hypot(*value) for name, value in motion.items()}
    assert length[region] > 0.25 and length[region] >= sorted(length.values())[-3]
    assert turned(motion[region], direction) < 20


def test_one_side_alone() -> None:
    motion = moved('L12')
    assert np.hypot(*motion['mouth corner L']) > 5 * np.hypot(*motion['mouth corner R'])


def test_mean_over_the_pixels_of_each_region_and_any_number_of_fields() -> None:
    rng = np.random.default_rng(0)
    _, landmarks = onset_to_apex('12')
    flow = rng.normal(size=(3, 4, 2, 144, 144))
    found = region_motion(flow, landmarks)
    assert found.shape == (3, 4, 17, 2)
    mask = region_masks(landmarks, 144, 144)[PLACE['cheek L']]
    np.testing.assert_allclose(found[1, 2, PLACE['cheek L']], flow[1, 2, :, mask].mean(axis=0))


def test_outside_is_not_a_number() -> None:
    _, landmarks = onset_to_apex('12')
    found = region_motion(np.ones((2, 144, 144)), landmarks + (0, 100))
    assert np.isnan(found[PLACE['chin']]).all() and (found[PLACE['inner brow L']] == 1).all()


def test_directions() -> None:
    assert direction_of(np.array([[1, 0], [0, -1], [-1, 0], [0, 1], [1, -1]])).tolist() == [0, 90, 180, 270, 45]


@pytest.mark.parametrize('shape', [(144, 144), (3, 144, 144), (2, 3, 144, 144)])
def test_other_arrays_are_refused(shape) -> None:
    with pytest.raises(ValueError, match=r'shape \(\.\.\., 2, H, W\)'):
        region_motion(np.zeros(shape), np.zeros((68, 2)))
