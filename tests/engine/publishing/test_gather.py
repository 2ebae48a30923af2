from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from torch import nn

from conftest import write_prepared
from fdp_mmaction.datasets import SyntheticMEDataset
from fdp_mmaction.engine.publishing.gather import (data_facts, data_setting, declared, model_facts, special_limits,
                                                   training_facts)

REPO = Path(__file__).resolve().parents[3]


def config(name: str) -> Config:
    return Config.fromfile(REPO / f'configs/{name}.py')


@pytest.mark.parametrize(('name', 'method', 'takes'), [
    ('fdp_synthetic', 'FDP', '8 grey frames of an aligned face, 64 x 64 pixels; grey levels x enter as '
                             '(x - 127.5) / 127.5'),
    ('mol_synthetic', 'MOL', '8 grey frames'), ('baselines/r3d_synthetic', '', '8 grey frames'),
    ('baselines/single_frame_synthetic', 'FDP', 'one grey frame')])
def test_models(name: str, method: str, takes: str) -> None:
    facts = model_facts(config(name), name, nn.Linear(2, 3))
    assert facts.method == method and facts.takes.startswith(takes) and facts.parameters == 9
    assert facts.components['backbone'] in ('LGFATransformer', 'F5CNet', 'ResNet3d')
    if name == 'fdp_synthetic':
        assert facts.components['neck'] == 'RankPooling (learned)'
        assert facts.components['auxiliary head dynamic_image'] == 'DynamicImageHead'


def test_a_head_that_was_removed() -> None:
    cfg = config('fdp_synthetic')
    cfg.merge_from_dict({'model.aux_heads.dynamic_image': None})
    assert list(model_facts(cfg, 'x').components) == ['backbone', 'neck', 'cls_head']
    cfg.merge_from_dict({'model.neck': None, 'model.cls_head': None, 'model.aux_heads': None})
    assert list(model_facts(cfg, 'x').components) == ['backbone']


def test_where_the_prepared_folder_is_named() -> None:
    leaf = dict(type='SAMMDataset', data_root='data/samm')
    for dataset, place in ((leaf, '.data_root'), (dict(dataset=leaf), '.dataset.data_root'), ({}, None),
                           (dict(datasets=[dict(dataset=leaf)]), '.datasets.0.dataset.data_root'),
                           (dict(datasets=[leaf, leaf]), None), (dict(type='x'), None)):
        cfg = Config(dict(test_dataloader=dict(dataset=dataset)))
        assert data_setting(cfg) == (place and f'test_dataloader.dataset{place}' or '')
        if place:
            cfg.merge_from_dict({data_setting(cfg): 'elsewhere'})
            assert 'elsewhere' in cfg.pretty_text and 'data/samm' not in cfg.pretty_text
    assert data_setting(Config()) == data_setting(Config(dict(test_dataloader=None))) == ''


def test_a_network_without_parts() -> None:
    assert model_facts(Config(dict(model=dict(type='ToyModel'))), 'x').components == dict(model='ToyModel')
    assert model_facts(Config(), 'x').components == {}


def test_parts_are_counted(prepared: Path) -> None:
    parts = [SyntheticMEDataset(str(prepared), test_subject='sub02', test_mode=mode) for mode in (False, True)]
    facts = data_facts(Config(), *parts)
    assert facts.datasets == ('synthetic MEs',) and facts.protocol == '5-class' and len(facts.classes) == 5
    assert facts.parts['training'].subjects == ('sub01', 'sub03')
    assert set(facts.parts['training'].classes.values()) == {2}
    assert facts.parts['left out'].subjects == ('sub02',) and sum(facts.parts['left out'].classes.values()) == 5
    assert facts.split == 'Nothing of sub02 was trained on.'


def test_parts_are_built_from_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    monkeypatch.setenv('ME_SYNTHETIC_ROOT', str(write_prepared(tmp_path / 'data', subjects=2)))
    facts = data_facts(config('fdp_synthetic'))
    assert facts.parts['training'].subjects == ('sub02',) and facts.parts['left out'].subjects == ('sub01',)
    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub09')      # prepared otherwise by now
    assert data_facts(config('fdp_synthetic')).parts == {}
    monkeypatch.setenv('ME_SYNTHETIC_ROOT', str(tmp_path / 'elsewhere'))
    absent = data_facts(config('fdp_synthetic'))
    assert absent.parts == {} and absent.datasets == ('synthetic MEs',) and len(absent.classes) == 5


def test_training_on_everybody_is_said(prepared: Path) -> None:
    everybody = SyntheticMEDataset(str(prepared), allow_overlap=True)
    assert data_facts(Config(), everybody, everybody).split.startswith('No one was left out')


def test_a_foreign_dataset() -> None:
    facts = data_facts(Config(), SimpleNamespace(metainfo=dict(classes=('left', 'right'))))
    assert facts.classes == ('left', 'right') and facts.datasets == () and facts.parts == {}


def test_declared() -> None:
    assert declared(config('fdp_megc2019')) == (
        ('MEGC2019 composite',), '3-class', ('negative', 'positive', 'surprise'))


def test_training() -> None:
    cfg = config('fdp_synthetic')
    facts = training_facts(cfg, 20, 3, 2)
    assert facts['epochs'] == '20' and facts['seed'] == '3' and facts['precision'] == 'float32'
    assert facts['batch size'] == '16 in each of 2 processes' and facts['optimiser'].startswith('AdamW (lr 0.0025')
    assert facts['learning rate'] == 'LinearLR, then CosineAnnealingLR' and 'averaging' not in facts
    assert facts['gradient clipping'] == 'max_norm 10.0' and 'start' not in facts
    cfg.merge_from_dict({'optim_wrapper.type': 'AmpOptimWrapper', 'load_from': '/home/me/start.pth'})
    facts = training_facts(cfg, 7, None)
    assert (facts['epochs'], facts['seed'], facts['precision']) == ('7 of 20', 'not known', 'mixed')
    assert facts['start'] == 'weights of start.pth' and facts['batch size'] == '16'
    assert 'moving average' in training_facts(config('ablations/train_ema'), 20, 0)['averaging']
    released = training_facts(config('fdp_released_casme2'), 84, 0)
    assert released['planned steps'] == '501' and released['learning rate'] == 'constant'


def test_what_is_special() -> None:
    assert special_limits(config('fdp_synthetic')) == ()
    assert 'normalised by their own mean' in special_limits(config('fdp_released_casme2'))[0]
