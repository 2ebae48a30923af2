from __future__ import annotations

import pytest

from fdp_mmaction.datasets.synthetic import EMOTION_ACTION_UNITS, EMOTIONS, PRESETS, SyntheticConfig, parse_action_units
from fdp_mmaction.datasets.synthetic.action_units import UNITS
from fdp_mmaction.errors import DatasetError


def test_presets_grow_harder():
    easy, normal, hard = (PRESETS[name] for name in ('easy', 'normal', 'hard'))
    assert easy.motion_px[0] > normal.motion_px[0] >= hard.motion_px[0]
    assert easy.motion_px[1] > normal.motion_px[1] > hard.motion_px[1]
    for nuisance in ('drift_px', 'rotation_px', 'tonic_px', 'style', 'foreign_au', 'blink', 'gaze_px', 'noise'):
        assert getattr(easy, nuisance) < getattr(normal, nuisance) < getattr(hard, nuisance), nuisance


@pytest.mark.parametrize('preset', list(PRESETS))
def test_motion_is_that_of_a_micro_expression(preset):
    low, high = PRESETS[preset].motion_px
    assert 0.5 <= low < high <= 2.5


def test_difficulty_of_a_config():
    assert SyntheticConfig().difficulty is PRESETS['normal']
    own = PRESETS['hard']
    assert SyntheticConfig(preset=own).difficulty is own


@pytest.mark.parametrize('wrong, part', [
    (dict(num_subjects=0), 'num_subjects'), (dict(clips_per_subject=0), 'clips_per_subject'), (dict(fps=0), 'fps'),
    (dict(seed=-1), 'seed'), (dict(preset='brutal'), 'brutal')])
def test_wrong_settings_are_named(wrong, part):
    with pytest.raises(DatasetError, match=part):
        SyntheticConfig(**wrong)


def test_every_coded_unit_can_be_moved():
    assert set(EMOTION_ACTION_UNITS) == set(EMOTIONS)
    for choices in EMOTION_ACTION_UNITS.values():
        assert sum(choices.values()) == pytest.approx(1)
        for text in choices:
            assert {unit for unit, _ in parse_action_units(text)} <= set(UNITS)


def test_parse_action_units():
    assert parse_action_units('4') == [(4, '')]
    assert parse_action_units('6+L12') == [(6, ''), (12, 'L')]
    for wrong in ('', '4+', 'X4', '4 or 5', '12L'):
        with pytest.raises(DatasetError, match='Action units'):
            parse_action_units(wrong)
