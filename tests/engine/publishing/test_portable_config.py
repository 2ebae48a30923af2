from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config

from fdp_mmaction.engine.loso.fold_config import PLACEHOLDER
from fdp_mmaction.engine.publishing.portable_config import portable_config

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A config as a run left it."""
    monkeypatch.setenv('ME_SYNTHETIC_ROOT', str(tmp_path / 'prepared'))
    monkeypatch.setenv('ME_TEST_SUBJECT', PLACEHOLDER)
    cfg = Config.fromfile(REPO / 'configs/fdp_synthetic.py')
    cfg.merge_from_dict(dict(work_dir=str(tmp_path / 'work'), load_from='/home/me/start.pth', launcher='pytorch'))
    monkeypatch.delenv('ME_SYNTHETIC_ROOT')
    monkeypatch.delenv('ME_TEST_SUBJECT')
    return cfg


def test_the_environment_says_where_the_data_is(used: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'out.py'
    path.write_text(portable_config(used, 'sub07'))
    assert str(tmp_path) not in path.read_text() and 'home' not in path.read_text()
    cfg = Config.fromfile(path)
    assert cfg.test_dataloader.dataset.data_root == 'data/synthetic' == cfg.data_root
    assert cfg.train_dataloader.dataset.test_subject == 'sub07'
    for name in ('work_dir', 'load_from', 'launcher'):
        assert name not in cfg
    assert cfg.model == used.model and cfg.test_dataloader.dataset.pipeline == used.test_dataloader.dataset.pipeline
    assert cfg.custom_hooks == used.custom_hooks and cfg.optim_wrapper == used.optim_wrapper
    monkeypatch.setenv('ME_SYNTHETIC_ROOT', 'elsewhere')
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    cfg = Config.fromfile(path)
    assert cfg.val_dataloader.dataset.data_root == 'elsewhere' and cfg.val_dataloader.dataset.test_subject == 'sub01'


def test_a_config_inside_a_checkpoint_asks_nothing_of_the_environment(used: Config) -> None:
    text = portable_config(used, 'sub07', variables=False)
    assert '$' not in text and "data_root='data/synthetic'" in text and "test_subject='sub07'" in text
    assert Config.fromstring(text, '.py').model == used.model


def test_own_data() -> None:
    dataset = dict(type='MicroExpressionDataset', data_root='/home/me/clips/')
    cfg = Config(dict(test_dataloader=dict(dataset=dict(type='RepeatDataset', dataset=dataset))))
    assert Config.fromstring(portable_config(cfg), '.py').test_dataloader.dataset.dataset.data_root == 'data/clips'
