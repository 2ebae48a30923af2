from __future__ import annotations

import os

import pytest
import torch

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso import devices
from fdp_mmaction.engine.loso.devices import find_slots, threads_per_process


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 4)
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)


def visible(slots: list) -> list[str]:
    return [slot.environment['CUDA_VISIBLE_DEVICES'] for slot in slots]


def test_the_cpu_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    assert [slot.name for slot in find_slots(jobs_per_device=3)] == ['cpu'] * 3


def test_all_gpus_then_a_second_round(gpus: None) -> None:
    assert visible(find_slots(jobs_per_device=2)) == ['0', '1', '2', '3', '0', '1', '2', '3']
    assert [slot.name for slot in find_slots(['cuda:2', '0'])] == ['cuda:2', 'cuda:0']
    assert visible(find_slots(['cpu'])) == ['']


def test_gpus_that_are_hidden_keep_their_names(gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', 'GPU-aa, 5,6 ,7')
    assert visible(find_slots(['cuda:0', '2'])) == ['GPU-aa', '6']


def test_groups_of_gpus(gpus: None) -> None:
    assert visible(find_slots(processes=2)) == ['0,1', '2,3']
    with pytest.raises(UsageError, match='3 GPUs cannot be shared out to folds of 2'):
        find_slots(['0', '1', '2'], processes=2)


@pytest.mark.parametrize('name', ['cuda:4', 'gpu', 'cuda:-1'])
def test_unknown_devices(gpus: None, name: str) -> None:
    with pytest.raises(UsageError, match=f'--devices {name}: PyTorch sees 4 GPUs'):
        find_slots([name])


@pytest.mark.parametrize('numbers', [(0, 1), (1, 0)])
def test_less_than_one(numbers: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match='at least 1'):
        find_slots(['cpu'], *numbers)


def test_cores_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, 'num_cores', lambda: 8)
    assert [threads_per_process(*sizes) for sizes in ((1, 1), (3, 1), (2, 2), (99, 1))] == [8, 2, 2, 1]
    monkeypatch.undo()
    if hasattr(os, 'sched_getaffinity'):
        assert devices.num_cores() == len(os.sched_getaffinity(0))
