from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig, parse_action_units, plan_clips
from fdp_mmaction.datasets.synthetic.action_units import displacement
from fdp_mmaction.datasets.synthetic.motion import build_motion, envelope

NO_FOREIGN = replace(PRESETS['normal'], foreign_au=0.0)
PLANS = plan_clips(SyntheticConfig(3, 10, preset=NO_FOREIGN))


def expression(motion):
    return motion.weights - motion.tonic


@pytest.mark.parametrize('plan', PLANS[:20], ids=lambda p: p.action_units)
def test_expression_starts_at_rest_and_peaks_at_the_apex(plan):
    motion = build_motion(plan)
    course = np.abs(expression(motion)).sum(axis=1)
    assert course[0] == 0 and course.argmax() == plan.apex_index
    assert course[-1] < 0.35 * course.max()
    assert (np.diff(course[:plan.apex_index + 1]) >= 0).all() and (np.diff(course[plan.apex_index:]) <= 0).all()


@pytest.mark.parametrize('plan', PLANS[::3], ids=lambda p: p.action_units)
def test_peak_displacement_is_the_planned_one(plan):
    motion = build_motion(plan)
    x, y = np.meshgrid(np.arange(160, 481, 2.0), np.arange(60, 460, 2.0))
    strengths = expression(motion)[plan.apex_index]
    field = sum(s * displacement(b, np.stack([x, y])) for s, b in zip(strengths, motion.bumps))
    low, high = NO_FOREIGN.motion_px
    assert np.hypot(*field).max() == pytest.approx(plan.amplitude, rel=0.04)
    assert low * 0.99 <= np.hypot(*field).max() <= high * 1.04


def test_only_coded_units_move_and_sides_are_kept():
    seen = set()
    for plan in plan_clips(SyntheticConfig(12, 20, preset=NO_FOREIGN)):
        if plan.action_units in seen:
            continue
        seen.add(plan.action_units)
        motion = build_motion(plan)
        peak = dict(zip(motion.columns, np.abs(expression(motion)).max(axis=0)))
        coded = dict(parse_action_units(plan.action_units))
        assert {unit for (unit, _), value in peak.items() if value > 0} == set(coded)
        for unit, side in coded.items():
            if side:
                assert peak[unit, side] > 5 * peak[unit, 'R' if side == 'L' else 'L']
            else:
                assert min(peak[unit, 'L'], peak[unit, 'R']) > 0.25 * max(peak[unit, 'L'], peak[unit, 'R'])
    assert {'L12', 'R12'} & seen and '6+12' in seen


def test_nuisances_are_drawn_alike_for_all_classes():
    """Changing the coded units of a clip must leave everything else of it as it was."""
    plan = PLANS[0]
    a, b = (build_motion(replace(plan, action_units=text)) for text in ('4', '6+12'))
    for name in ('rigid', 'closure', 'gaze', 'light', 'place'):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    tonic = [{c: t for c, t in zip(m.columns, m.tonic) if t} for m in (a, b)]
    assert tonic[0] == tonic[1]


def test_head_starts_at_rest_and_drifts():
    assert all((build_motion(p).rigid[0] == 0).all() for p in PLANS)
    spread = np.concatenate([build_motion(p).rigid for p in PLANS])
    assert (spread.std(axis=0) > 0).all() and np.abs(spread[:, :2]).max() < 8


def test_blinks_happen_but_not_at_the_onset():
    closures = [build_motion(p).closure for p in plan_clips(SyntheticConfig(6, 20))]
    assert all((c[0] == 0).all() and (c >= 0).all() and (c <= 1).all() for c in closures)
    assert np.mean([c.max() > 0.5 for c in closures]) == pytest.approx(PRESETS['normal'].blink, abs=0.1)


def test_foreign_units_come_at_the_stated_rate():
    plans = plan_clips(SyntheticConfig(8, 20))
    foreign = 0
    for plan in plans:
        motion = build_motion(plan)
        coded = {unit for unit, _ in parse_action_units(plan.action_units)}
        moving = {c[0] for c, k in zip(motion.columns, np.ptp(motion.weights, axis=0)) if k > 1e-9}
        foreign += bool(moving - coded)
    assert foreign / len(plans) == pytest.approx(PRESETS['normal'].foreign_au, abs=0.13)


def test_envelope():
    course = envelope(50, 20, np.random.default_rng(0))
    assert course.shape == (50,) and course[0] == 0 and course[20] == 1 and course.argmax() == 20
    assert 0 <= course[-1] <= 0.3
