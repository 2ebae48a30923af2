"""Counts against counts by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fdp_mmaction.engine.benchmark import flops

CPU = torch.device('cpu')


def test_convolution_forward_and_backward() -> None:
    n, c, d, h, w, k = 2, 3, 5, 7, 8, 3
    convolution = nn.Conv2d(c, d, k, padding=1)
    forward = 2 * n * d * h * w * c * k * k
    frames = torch.rand(n, c, h, w)
    assert flops.count_flops(lambda: convolution(frames)) == forward
    assert flops.count_flops(lambda: convolution(frames).sum().backward()) == 2 * forward      # weights alone
    frames.requires_grad_()
    assert flops.count_flops(lambda: convolution(frames).sum().backward()) == 3 * forward


def test_linear() -> None:
    assert flops.count_flops(lambda: nn.Linear(4, 6)(torch.rand(5, 4))) == 2 * 5 * 4 * 6


@pytest.mark.parametrize('last', [False, True])
def test_attention_is_two_products_whatever_the_kernel(last: bool) -> None:
    n, heads, queries, keys, d = 2, 3, 32, 16, 4
    q, k, v = (torch.rand(n, length, heads, d).transpose(1, 2) for length in (queries, keys, keys))
    if not last:
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
    count = flops.count_flops(lambda: F.scaled_dot_product_attention(q, k, v))
    assert count == 2 * 2 * n * heads * queries * keys * d


def test_without_a_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__('sys').modules, 'torch.utils.flop_counter', None)
    ran: list[int] = []
    assert flops.count_flops(lambda: ran.append(1)) is None and not ran


def test_peak_is_that_of_the_fastest_product(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([9.0, 4.0, 2.0, 8.0])
    dtypes: list[torch.dtype] = []

    def clock(step) -> float:
        dtypes.append(step().dtype)
        return next(seconds)

    monkeypatch.setattr(flops, 'clock_of', lambda device: clock)
    assert flops.matmul_peak(CPU, torch.bfloat16, size=16, repeats=3) == 2 * 16 ** 3 / 2.0
    assert set(dtypes) == {torch.bfloat16}


def test_peak_of_convolutions_counts_forward_and_both_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def clock(step) -> float:
        counted.append(flops.count_flops(step))
        return 2.0 if len(counted) % 2 else 4.0

    monkeypatch.setattr(flops, 'clock_of', lambda device: clock)
    monkeypatch.setattr(flops, 'SHAPES', ((4, 8), (8, 4)))
    best = flops.convolution_peak(CPU, torch.float32, repeats=1)      # the first of each warms up
    assert best == pytest.approx(max(counted) / 4.0, rel=0.2)         # borders are counted in full
