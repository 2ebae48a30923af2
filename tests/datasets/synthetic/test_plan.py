from __future__ import annotations

import pickle
import re
from collections import Counter

import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import (EMOTION_ACTION_UNITS, EMOTIONS, PRESETS, SyntheticConfig, plan_clips,
                                             plan_of)


def facts(plan):
    names = (plan.subject, plan.clip, plan.emotion, plan.action_units)
    return (*names, plan.onset, plan.apex, plan.offset, plan.amplitude)


def test_same_seed_same_plan_other_seed_other_plan():
    config = SyntheticConfig(2, 10)
    assert plan_clips(config) == plan_clips(config)
    other = plan_clips(SyntheticConfig(2, 10, seed=1))
    assert not any(facts(a) == facts(b) for a, b in zip(plan_clips(config), other))


def test_a_clip_does_not_depend_on_how_many_others_are_made():
    few = {(p.subject_index, p.clip_index): facts(p) for p in plan_clips(SyntheticConfig(3, 7))}
    many = {(p.subject_index, p.clip_index): facts(p) for p in plan_clips(SyntheticConfig(6, 23))}
    assert len(few) == 21 and len(many) == 138
    assert all(many[key] == value for key, value in few.items())


def test_a_clip_is_found_by_its_name():
    for plan in plan_clips(SyntheticConfig(4, 30, seed=5)):
        assert facts(plan_of(SyntheticConfig(1, 1, seed=5), plan.subject, plan.clip)) == facts(plan)
    names = {plan.clip for plan in plan_clips(SyntheticConfig(1, 8))}
    for clip in ({f'EP01_01{end}' for end in ('', 'f', '_01')} | {'EP01f', 'EP01_1'}) - names:
        assert plan_of(SyntheticConfig(), 'sub01', clip) is None      # of the same number, but not its name
    for subject, clip in (('sub00', 'EP01_01f'), ('s01', 'EP01_01f'), ('sub01', 'EP00_01'), ('sub01', 'x')):
        assert plan_of(SyntheticConfig(), subject, clip) is None


def test_classes_are_balanced_and_shuffled_within_subjects():
    plans = plan_clips(SyntheticConfig(30, 10))
    for start in range(0, len(plans), 5):
        assert {p.emotion for p in plans[start:start + 5]} == set(EMOTIONS)
    # Every class turns up at every place of the run about equally often.
    table = np.zeros((5, 5))
    for p in plans:
        table[p.clip_index % 5, EMOTIONS.index(p.emotion)] += 1
    expected = table.sum() / 25
    assert ((table - expected) ** 2 / expected).sum() < 39.3      # chi-squared, 16 degrees of freedom, p = 0.001


@pytest.mark.parametrize('fact', ['amplitude', 'onset', 'num_frames', 'apex_index'])
def test_timing_and_strength_are_independent_of_the_class(fact):
    plans = plan_clips(SyntheticConfig(60, 20))
    values = np.array([getattr(p, fact) for p in plans], dtype=float)
    labels = np.array([EMOTIONS.index(p.emotion) for p in plans])
    spread = values.std() / np.sqrt(len(plans) / 5)
    for label in range(5):
        assert abs(values[labels == label].mean() - values.mean()) < 3.5 * spread


def test_names_are_unique_irregular_and_say_nothing_of_the_class():
    plans = plan_clips(SyntheticConfig(12, 20))
    by_subject = Counter((p.subject, p.clip) for p in plans)
    assert max(by_subject.values()) == 1
    assert all(re.fullmatch(r'EP\d\d(_\d{1,2}(_\d\d)?)?f?', p.clip) for p in plans)
    forms = Counter(re.sub(r'\d', '0', p.clip) for p in plans)
    assert len(forms) >= 4
    assert {p.subject for p in plans} == {f'sub{k:02d}' for k in range(1, 13)}


def test_frames_run_from_onset_to_offset():
    for p in plan_clips(SyntheticConfig(5, 20)):
        assert 1 <= p.onset < p.apex < p.offset
        assert p.frame_ids == tuple(range(p.onset, p.offset + 1))
        assert p.num_frames == len(p.frame_ids) and 38 <= p.num_frames <= 83
        assert p.frame_ids[p.apex_index] == p.apex
        assert p.action_units in EMOTION_ACTION_UNITS[p.emotion]


def test_apex_place_varies():
    place = [p.apex_index / (p.num_frames - 1) for p in plan_clips(SyntheticConfig(10, 20))]
    assert min(place) < 0.4 and max(place) > 0.58


def test_frame_rate_scales_the_clips():
    slow, fast = plan_clips(SyntheticConfig(1, 10, fps=50)), plan_clips(SyntheticConfig(1, 10, fps=200))
    for a, b in zip(slow, fast):
        assert a.num_frames - 1 == pytest.approx((b.num_frames - 1) / 4, abs=1.5)


def test_preset_changes_strength_alone():
    easy, hard = (plan_clips(SyntheticConfig(2, 5, preset=name)) for name in ('easy', 'hard'))
    for a, b in zip(easy, hard):
        assert facts(a)[:-1] == facts(b)[:-1]
        for plan, name in ((a, 'easy'), (b, 'hard')):
            low, high = PRESETS[name].motion_px
            assert low <= plan.amplitude <= high


def test_plans_travel_between_processes():
    plan = plan_clips(SyntheticConfig(1, 1))[0]
    assert pickle.loads(pickle.dumps(plan)) == plan
