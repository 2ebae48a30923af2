from __future__ import annotations

import hashlib
import io
import os
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.publishing.slim import read_checkpoint, slim, trained_config
from fdp_mmaction.engine.safe_loading import TRUST_VARIABLE, CheckpointError

CONFIG = ("work_dir = '/home/someone/work'\ntest_dataloader = dict(dataset=dict(type='SyntheticMEDataset', "
          "data_root='/home/someone/prepared', protocol='3-class'))\n")


@pytest.fixture
def bare_torch() -> Iterator[None]:
    """PyTorch as on a machine without this package: nothing extra is allowed in checkpoints."""
    allowed = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    yield
    torch.serialization.add_safe_globals(allowed)


@pytest.fixture
def checkpoint() -> dict:
    weights = OrderedDict(a=torch.rand(30, 3, dtype=torch.float16), b=torch.arange(3))
    meta = dict(cfg=CONFIG, epoch=3, seed=5, experiment_name='x_1', time='now', hook='someone', mmengine_version='1',
                trained_on=dict(subjects=['d/s1'], left_out=['s2']),
                dataset_meta=dict(dataset_name='D', source=dict(root='/home/someone/prepared')))
    return dict(state_dict=weights, ema_state_dict=dict(a=torch.zeros(30, 3)), optimizer=dict(state=torch.zeros(500)),
                param_schedulers=[1], message_hub=dict(x=1), meta=meta)


def test_what_is_kept(checkpoint: dict, bare_torch: None) -> None:
    form = slim(checkpoint, Config.fromstring(CONFIG, '.py'))
    loaded = torch.load(io.BytesIO(form.content), weights_only=True)
    assert set(loaded) == {'meta', 'state_dict'} and list(loaded['state_dict']) == ['a', 'b']
    for name, value in checkpoint['state_dict'].items():
        assert loaded['state_dict'][name].dtype == value.dtype and torch.equal(loaded['state_dict'][name], value)
    meta = loaded['meta']
    assert (meta['epoch'], meta['seed'], meta['mmengine_version']) == (3, 5, '1') and 'fdp_mmaction_version' in meta
    assert meta['trained_on'] == dict(subjects=['d/s1'], left_out=['s2'])
    assert meta['dataset_meta']['classes'] == ('negative', 'positive', 'surprise')
    assert b'someone' not in form.content and b'prepared' in form.content
    assert Config.fromstring(meta['cfg'], '.py').test_dataloader.dataset.data_root == 'data/synthetic'
    assert form.sha256 == hashlib.sha256(form.content).hexdigest() and form.name('x') == f'x-{form.sha256[:8]}.pth'


def test_the_same_again_and_another_for_other_weights(checkpoint: dict) -> None:
    cfg = Config.fromstring(CONFIG, '.py')
    first = slim(checkpoint, cfg)
    assert slim(dict(checkpoint, optimizer=None), cfg).content == first.content
    checkpoint['state_dict']['b'] += 1
    assert slim(checkpoint, cfg).sha256 != first.sha256


def test_reading(checkpoint: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'a.pth'
    torch.save(checkpoint, path)
    assert read_checkpoint(path)['meta']['epoch'] == 3
    torch.save(dict(checkpoint, run=os.system), path)
    with pytest.raises(CheckpointError, match='could run code'):
        read_checkpoint(path)
    monkeypatch.setenv(TRUST_VARIABLE, '1')
    with pytest.raises(UsageError, match=f'{TRUST_VARIABLE} is set'):
        read_checkpoint(path)
    monkeypatch.delenv(TRUST_VARIABLE)
    torch.save(dict(conv=torch.zeros(1)), path)
    with pytest.raises(CheckpointError, match='is no checkpoint of a training'):
        read_checkpoint(path)


def test_configs(checkpoint: dict, tmp_path: Path) -> None:
    assert trained_config(checkpoint, 'a.pth').work_dir == '/home/someone/work'
    (tmp_path / 'b.py').write_text('x = 2\n')
    assert trained_config(checkpoint, 'a.pth', tmp_path / 'b.py').x == 2
    with pytest.raises(UsageError, match='Config nowhere.py does not exist'):
        trained_config(checkpoint, 'a.pth', 'nowhere.py')
    del checkpoint['meta']['cfg']
    with pytest.raises(UsageError, match='a.pth does not hold its config: name the one'):
        trained_config(checkpoint, 'a.pth')
