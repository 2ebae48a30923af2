from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from mmengine.config import Config

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.config_options import find, merge_options, unknown
from fdp_mmaction.engine.launch import UsageError

TEXT = """
data_root = '{{$ME_TOY_ROOT:data/toy}}'
protocol = '5-class'
mean = [1.0, 2.0]
train_dataloader = dict(dataset=dict(data_root=data_root, protocol=protocol))
test_evaluator = [dict(type='A', protocol=protocol), dict(type='B')]
model = dict(mean=mean, neck=dict(mode='learned'))
load_from = None
"""


@pytest.fixture
def cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv('ME_TOY_ROOT', raising=False)
    path = tmp_path / 'toy.py'
    path.write_text(TEXT)
    return Config.fromfile(path)


def merge(cfg: Config, **options: object) -> Config:
    return merge_options(cfg, Namespace(config='toy.py', cfg_options=options))


def test_options_win(cfg: Config) -> None:
    merge(cfg, **{'model.neck.mode': 'mean', 'load_from': 'w.pth', 'find_unused_parameters': True,
                  'train_dataloader.dataset.data_root': '/x', 'test_evaluator.1.type': 'C'})
    assert (cfg.model.neck.mode, cfg.load_from, cfg.find_unused_parameters) == ('mean', 'w.pth', True)
    assert (cfg.train_dataloader.dataset.data_root, cfg.test_evaluator[1].type) == ('/x', 'C')
    assert merge_options(cfg, Namespace(config='toy.py', cfg_options=None)) is cfg


@pytest.mark.parametrize(('key', 'instead'), [
    ('data_root', 'Set ME_TOY_ROOT in the environment, or train_dataloader.dataset.data_root instead'),
    ('protocol', 'Set train_dataloader.dataset.protocol, test_evaluator.0.protocol instead'),
    ('mean', 'Set model.mean instead')])
def test_what_is_used_up_is_refused_with_what_to_set(cfg: Config, key: str, instead: str) -> None:
    with pytest.raises(UsageError, match=rf'--cfg-options {key} would change nothing: .*toy.py was read. {instead}.'):
        merge(cfg, **{key: 'other'})
    assert cfg[key] != 'other'


def test_the_variable_is_named_also_when_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_TOY_ROOT', '/data/toy')
    (tmp_path / 'toy.py').write_text(TEXT)
    with pytest.raises(UsageError, match='Set ME_TOY_ROOT in the environment'):
        merge(Config.fromfile(tmp_path / 'toy.py'), data_root='/x')


def test_what_cannot_be_merged_names_the_options(cfg: Config) -> None:
    with pytest.raises(UsageError, match=r'--cfg-options test_evaluator.7.type=C does not go with toy.py: .*--debug'):
        merge(cfg, **{'test_evaluator.7.type': 'C'})


def test_names_are_found(cfg: Config) -> None:
    assert find(cfg, 'test_evaluator.0.type') == 'A' and find(cfg, 'model.neck.mode.x') is None
    assert unknown(cfg, ['load_from', 'model.nek.mode', 'test_evaluator.2', 'model.neck']) == ['model.nek.mode',
                                                                                              'test_evaluator.2']
