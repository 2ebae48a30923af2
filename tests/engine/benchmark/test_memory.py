"""Memory of steps and models."""

from __future__ import annotations

import platform
import sys

import pytest
import torch
from torch import nn

from fdp_mmaction.engine.benchmark import memory

CPU = torch.device('cpu')


@pytest.mark.skipif(sys.platform != 'linux', reason='told by Linux alone')
def test_growth_of_a_step() -> None:
    size = 64 * 2 ** 20
    found = memory.step_memory(lambda: torch.ones(size, dtype=torch.uint8), CPU)
    assert 0.95 * size < found < 1.25 * size      # Linux tells it some pages late
    assert memory.step_memory(lambda: None, CPU) < size / 8      # what is over does not count
    assert memory.used(CPU) > 0


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='other libraries keep what they like')
def test_memory_that_was_used_before_counts_again() -> None:
    def allocate() -> list[torch.Tensor]:
        return [torch.ones(100_000, dtype=torch.uint8) for _ in range(600)]      # on the heap

    blocks = allocate()
    top = torch.ones(100_000, dtype=torch.uint8)      # the heap cannot shrink below it by itself
    del blocks
    assert memory.step_memory(allocate, CPU) > 0.7 * 600 * 100_000
    assert top.all()


def test_nothing_is_made_up_where_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(memory, '_PROCESS', tmp_path / 'nowhere')
    assert memory.used(CPU) is None and memory.peak(CPU) is None and not memory.reset_peak(CPU)
    assert memory.step_memory(lambda: None, CPU) is None


def test_state_of_model_and_optimiser() -> None:
    model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5))
    weights, buffers = 3 * 5 + 5 + 5 + 5, 5 + 5
    assert memory.state_memory(model, None) == 4 * (weights + buffers) + 8       # batches are counted in int64
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    assert memory.state_memory(model, optimizer) == memory.state_memory(model, None)      # before the first step
    model(torch.rand(2, 3)).sum().backward()
    optimizer.step()
    assert memory.state_memory(model, optimizer) == 4 * (2 * weights + buffers) + 8


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_growth_on_a_gpu() -> None:
    device, size = torch.device('cuda'), 64 * 2 ** 20
    found = memory.step_memory(lambda: torch.ones(size, dtype=torch.uint8, device=device), device)
    assert size <= found < 1.1 * size
