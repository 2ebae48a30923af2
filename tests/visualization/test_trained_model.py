from __future__ import annotations

import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.trained_model import load_weights, read_trained_config


def test_config_lies_beside_the_checkpoint(trained):
    checkpoint = trained()
    path, cfg = read_trained_config(checkpoint)
    assert path == checkpoint.with_name('tiny.py') and cfg.model.type == 'MicroExpressionRecognizer'
    (path.parent / 'second.py').write_text(path.read_text())
    with pytest.raises(DatasetError, match='holds 2 configs: name the one that epoch_2.pth was trained with'):
        read_trained_config(checkpoint)
    assert read_trained_config(checkpoint, path)[0] == path


def test_all_weights_are_loaded(tmp_path):
    model = torch.nn.Linear(2, 3)
    weights = {f'module.{name}': torch.ones_like(value) for name, value in model.state_dict().items()}
    torch.save(dict(state_dict=weights), tmp_path / 'parallel.pth')
    load_weights(model, tmp_path / 'parallel.pth')
    assert all((value == 1).all() for value in model.state_dict().values())
    torch.save(dict(state_dict={'module.weight': torch.zeros(3, 2)}), tmp_path / 'part.pth')
    with pytest.raises(CheckpointError):
        load_weights(model, tmp_path / 'part.pth')
    torch.save([1], tmp_path / 'list.pth')
    with pytest.raises(CheckpointError, match='is not a checkpoint of a model'):
        load_weights(model, tmp_path / 'list.pth')
