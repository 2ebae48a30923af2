"""Every config builds, learns one step and predicts, on a prepared folder of noise."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from conftest import write_prepared
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import DATASETS, MODELS

REPO = Path(__file__).resolve().parents[1]
CONFIGS = sorted(path.relative_to(REPO).as_posix() for path in (REPO / 'configs').rglob('*.py')
                 if '_base_' not in path.parts)


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    return write_prepared(tmp_path_factory.mktemp('noise'), subjects=2, clips=2, frames=9, size=144,
                          emotions=('happiness', 'others'))


@pytest.mark.parametrize('config', CONFIGS)
def test_config(config, folder, monkeypatch):
    for name in ('ME_CASME2_ROOT', 'ME_SAMM_ROOT', 'ME_SYNTHETIC_ROOT'):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub02')
    init_default_scope('mmaction')
    cfg = Config.fromfile(REPO / config)
    train, test = DATASETS.build(cfg.train_dataloader.dataset), DATASETS.build(cfg.test_dataloader.dataset)
    assert {train.get_data_info(i)['subject'] for i in range(len(train))} == {'sub01'}
    assert {test.get_data_info(i)['subject'] for i in range(len(test))} == {'sub02'}
    model = MODELS.build(cfg.model)
    model.init_weights()
    data = model.data_preprocessor(pseudo_collate([train[0], train[1]]), training=True)
    total, _ = model.parse_losses(model(**data, mode='loss'))
    total.backward()
    assert torch.isfinite(total)
    with torch.no_grad():
        predicted = model.eval().test_step(pseudo_collate([test[0], test[1]]))
    assert [sample.sample_id for sample in predicted] == ['noise/sub02/EP00_01', 'noise/sub02/EP01_01']
    assert all(sample.pred_score.shape == (len(test.metainfo['classes']),) for sample in predicted)


def test_leaf_configs_are_short_and_import_nothing():
    for config in CONFIGS:
        lines = (REPO / config).read_text().splitlines()
        assert len(lines) <= 25 and not [line for line in lines if line.startswith(('import ', 'from '))]
