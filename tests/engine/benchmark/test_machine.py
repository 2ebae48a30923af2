"""Devices, and what is said about the machine."""

from __future__ import annotations

import pytest
import torch

from fdp_mmaction.engine.benchmark.machine import describe_machine, find_device
from fdp_mmaction.engine.environment import cpu_name
from fdp_mmaction.engine.launch import UsageError


def test_the_gpu_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert find_device(None) == torch.device('cpu')
    chosen: list = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setattr(torch.cuda, 'set_device', chosen.append)
    assert find_device(None) == torch.device('cuda') and find_device('cuda:1') == torch.device('cuda:1')
    assert chosen == [torch.device('cuda:1')]      # PyTorch refuses one without a number
    with pytest.raises(UsageError, match='sees 2 GPU here'):
        find_device('cuda:2')


@pytest.mark.parametrize(('name', 'message'), [('cuda', 'sees no GPU here; use --device cpu'),
                                               ('tpu', '--device tpu is neither cpu nor cuda nor cuda:N')])
def test_what_is_not_there(name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(UsageError, match=message):
        find_device(name)


def test_description() -> None:
    found = describe_machine(torch.device('cpu'))
    assert found['device'] == 'CPU' and found['cpu'] == cpu_name() and found['cpu']
    assert found['threads'] == torch.get_num_threads() and found['cores'] >= 1
    assert found['torch'] == torch.__version__ and {'python', 'system', 'fdp_mmaction'} <= set(found)
