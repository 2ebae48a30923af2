from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.publishing.same_predictions import check_same, example_clip, predict_example
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.registry import MODELS

REPO = Path(__file__).resolve().parents[3]
CONFIGS = sorted(path.relative_to(REPO / 'configs').as_posix() for path in (REPO / 'configs').rglob('*.py')
                 if '_base_' not in path.parts)


@pytest.mark.parametrize('config', CONFIGS)
def test_every_config_gets_a_clip(config: str) -> None:
    init_default_scope('mmaction')
    clip = example_clip(Config.fromfile(REPO / 'configs' / config))
    assert clip['inputs'].dtype == torch.uint8 and clip['inputs'].float().std() > 10
    assert 'gt_flow' not in clip['data_samples'] and 'gt_dynamic_image' not in clip['data_samples']


@pytest.fixture
def model(tmp_path: Path) -> tuple[Config, Path]:
    """A small FDP and its random weights."""
    cfg = Config.fromfile(REPO / 'configs/fdp_synthetic.py')
    init_default_scope('mmaction')
    torch.manual_seed(0)
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / 'a.pth')
    return cfg, tmp_path / 'a.pth'


def test_a_difference_is_found(model: tuple[Config, Path], tmp_path: Path) -> None:
    cfg, path = model
    predicted, count = predict_example(cfg, path)
    assert {'pred_score', 'pred_dynamic_image'} <= set(predicted) and count > 10000
    assert check_same(model, model) == count
    other = torch.load(path, weights_only=True)
    name = [name for name in other['state_dict'] if name.startswith('cls_head.')][-1]
    other['state_dict'][name][predicted['pred_score'].argmin()] += 100
    torch.save(other, tmp_path / 'b.pth')
    with pytest.raises(CheckpointError, match=r'predicts something else than .* \(pred_label, pred_score\)'):
        check_same(model, (cfg, tmp_path / 'b.pth'))


def test_another_pipeline_is_refused() -> None:
    with pytest.raises(UsageError, match='reads no prepared clips'):
        example_clip(Config(dict(test_dataloader=dict(dataset=dict(type='ToyDataset')))))
