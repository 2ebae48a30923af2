"""Longer clips and larger frames."""

from __future__ import annotations

import pytest
from mmengine.config import Config
from tiny_benchmark import FDP, MOL, REPO

from fdp_mmaction.engine.benchmark.scale import with_frames, with_size
from fdp_mmaction.engine.launch import UsageError


def lengths(cfg: Config) -> list[int]:
    return [step.clip_len for loader in (cfg.train_dataloader, cfg.test_dataloader)
            for step in loader.dataset.pipeline if 'clip_len' in step]


@pytest.mark.parametrize(('config', 'part', 'name', 'value'), [
    (FDP, 'cls_head', 'map_size', 64), (MOL, 'cls_head', 'num_maps', 12),
    (str(REPO / 'configs/fdp_released_casme2.py'), 'neck', 'num_frames', 12)])
def test_frames(config: str, part: str, name: str, value: int) -> None:
    cfg = Config.fromfile(config)
    with_frames(cfg, 12)
    assert lengths(cfg) == [12, 12] and cfg.model[part][name] == value


def test_frames_of_pairs() -> None:
    cfg = Config.fromfile(MOL)
    cfg.model = Config.fromfile(REPO / 'configs/_base_/models/mol_released.py').model
    with_frames(cfg, 5)
    assert cfg.model.cls_head.num_maps == 8      # 14 maps of 7 pairs before


def test_size() -> None:
    cfg = Config.fromfile(MOL)
    with_size(cfg, 128)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        steps = {step.type: step for step in loader.dataset.pipeline}
        assert steps['ResizeFrames'].size == 128 and steps['CropFrames'].size == 140
    assert cfg.model.backbone.map_size == 32 and cfg.model.cls_head.map_size == 32
    assert cfg.model.aux_heads.landmarks.image_size == 128


def test_a_pipeline_that_both_parts_share_is_changed_once() -> None:
    cfg = Config.fromfile(REPO / 'configs/fdp_casme2.py')
    with_size(cfg, 128)
    with_frames(cfg, 4)
    assert lengths(cfg) == [4, 4] and cfg.model.cls_head.map_size == 128


@pytest.mark.parametrize(('pipeline', 'change', 'message'), [
    ([dict(type='PackMEInputs')], with_frames, 'clip_len is nowhere'),
    ([dict(type='SampleMEFrames', clip_len=4), dict(type='SampleMEFrames', clip_len=8)], with_frames, 'is 4, 8'),
    ([dict(type='PackMEInputs')], with_size, 'do not end in one size')])
def test_what_a_config_does_not_permit(pipeline: list, change, message: str) -> None:
    cfg = Config(dict(model=dict(), train_dataloader=dict(dataset=dict(pipeline=pipeline)),
                      test_dataloader=dict(dataset=dict(pipeline=pipeline))))
    with pytest.raises(UsageError, match=message):
        change(cfg, 16)


def test_maps_stay_whole() -> None:
    with pytest.raises(UsageError, match='size=70: a map of 16 positions'):
        with_size(Config.fromfile(MOL), 70)
