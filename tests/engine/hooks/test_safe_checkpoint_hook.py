from __future__ import annotations

import enum
import pickle
from collections import OrderedDict, deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer

from fdp_mmaction.engine.hooks import SafeCheckpointHook
from fdp_mmaction.engine.hooks.safe_checkpoint_hook import to_plain


class Colour(enum.IntEnum):
    RED = 3


class Name(str):
    """A text of another type, as NumPy and configs have them."""


@pytest.mark.parametrize(('value', 'plain'), [
    (np.float32(0.5), 0.5), (np.float64(0.5), 0.5), (np.longdouble(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True),
    (np.complex64(1j), 1j), (np.arange(3), [0, 1, 2]), (np.array(2.5), [2.5]), (np.array(['a']), ['a']),
    (Colour.RED, 3), (Name('x'), 'x'), (Path('a'), 'a'), (deque([1, 2], 5), [1, 2]), (frozenset({1}), {1}),
    (ConfigDict(a=ConfigDict(b=(1, np.int8(2)))), {'a': {'b': (1, 2)}}), (None, None), (True, True), ('t', 't'),
])
def test_to_plain(value: object, plain: object) -> None:
    result = to_plain(value)
    assert result == plain and type(result) is type(plain)


def test_tensors_stay_themselves() -> None:
    tensor = torch.zeros(2)
    assert to_plain({'a': [tensor]})['a'][0] is tensor


def test_what_has_no_plain_form_is_left_out() -> None:
    assert to_plain({'a': object(), 'b': [1, object()], 'c': {2: len}}) == {'b': [1], 'c': {}}
    assert to_plain(object()) is None


@pytest.fixture
def bare_torch() -> Iterator[None]:
    """PyTorch as on a machine without this package: nothing extra is allowed in checkpoints."""
    allowed = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    yield
    torch.serialization.add_safe_globals(allowed)


def test_a_checkpoint_becomes_safe(tmp_path: Path, bare_torch: None) -> None:
    weights = OrderedDict(weight=torch.ones(2))
    weights._metadata = OrderedDict(version=1)
    hub = dict(log_scalars={'train/loss': HistoryBuffer([1.], [1])}, runtime_info=dict(epoch=np.int64(2), best=len),
               resumed_keys={'train/loss': True, 'epoch': True})
    checkpoint = dict(state_dict=weights, message_hub=hub, meta=dict(dataset_meta=dict(mean=np.zeros(1))),
                      optimizer=dict(state={0: dict(step=torch.tensor(1.))}, param_groups=[dict(betas=(0.9, 0.999))]),
                      param_schedulers=[dict(last_step=np.int64(4))])
    torch.save(checkpoint, tmp_path / 'a.pth')
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / 'a.pth', weights_only=True)      # the defect
    SafeCheckpointHook().before_save_checkpoint(None, checkpoint)
    torch.save(checkpoint, tmp_path / 'a.pth')
    loaded = torch.load(tmp_path / 'a.pth', weights_only=True)
    assert loaded['message_hub'] == dict(log_scalars={}, runtime_info=dict(epoch=2), resumed_keys=dict(epoch=True))
    assert loaded['meta'] == dict(dataset_meta=dict(mean=[0.0])) and loaded['param_schedulers'] == [dict(last_step=4)]
    assert loaded['optimizer']['param_groups'] == [dict(betas=(0.9, 0.999))]
    assert checkpoint['state_dict'] is weights and loaded['state_dict']._metadata == OrderedDict(version=1)


def test_a_checkpoint_without_log_history_is_fine() -> None:
    checkpoint = dict(state_dict={}, meta={})
    SafeCheckpointHook().before_save_checkpoint(None, checkpoint)
    assert checkpoint == dict(state_dict={}, meta={})
