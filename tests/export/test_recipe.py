from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.export.recipe import read_recipe

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
SAMPLE = dict(type='SampleMEFrames', clip_len=4)


def recipe_of(name: str):
    return read_recipe(Config.fromfile(CONFIGS / f'{name}.py').test_dataloader.dataset.pipeline, 144)


def test_pipelines_of_the_configs():
    assert recipe_of('fdp_synthetic').steps == ({'crop': 140}, {'resize': 64})
    assert recipe_of('fdp_casme2').clip_shape == (8, 64, 64)
    mol = recipe_of('mol_casme2')
    assert mol.clip_shape == (8, 128, 128) and mol.steps == ({'crop': 128},)
    assert mol.sampling == dict(clip_len=8, num_clips='all', mode='stride', end='offset', allow_short=True)


def test_aligned_frames_may_stay_as_they_are():
    assert read_recipe([SAMPLE, dict(type='mmaction.LoadPackedFrames')], 96).clip_shape == (4, 96, 96)


@pytest.mark.parametrize('step', [
    dict(type='FlipFrames', prob=0.5), dict(type='CropFrames', size=8, random=True),
    dict(type='FramesToDynamicImage'), dict(SAMPLE, jitter=0.5)])
def test_what_cannot_be_described_is_refused(step):
    with pytest.raises(UsageError, match=f'holds {step["type"]}'):
        read_recipe([SAMPLE, step], 144)
    with pytest.raises(UsageError, match='no SampleMEFrames'):
        read_recipe([dict(type='LoadPackedFrames')], 144)
