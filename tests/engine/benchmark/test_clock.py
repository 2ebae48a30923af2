"""Who is timed when."""

from __future__ import annotations

import time

import pytest
import torch

from fdp_mmaction.engine.benchmark.clock import clock_of, cuda_clock, host_clock, interleave


def test_in_turn() -> None:
    order: list[str] = []
    told: list[str] = []
    steps = {name: lambda name=name: order.append(name) for name in 'AB'}
    ticks = iter(range(100))

    def clock(step) -> float:
        step()
        return next(ticks)

    seconds = interleave(steps, 3, clock, told.append)
    assert order == list('ABABAB') == told
    assert seconds == dict(A=[0, 2, 4], B=[1, 3, 5])


def test_host_clock_sees_the_whole_step() -> None:
    assert host_clock(lambda: time.sleep(0.02)) >= 0.02


def test_clock_of_a_device() -> None:
    assert clock_of(torch.device('cpu')) is host_clock and clock_of(torch.device('cuda:1')) is cuda_clock


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_cuda_clock_waits_for_the_gpu() -> None:
    factor = torch.rand(4096, 4096, device='cuda')
    cuda_clock(lambda: factor @ factor)
    one, ten = (cuda_clock(lambda count=count: [factor @ factor for _ in range(count)]) for count in (1, 10))
    assert ten > 4 * one > 0
