"""``fused=True`` of PyTorch's optimisers, which docs/speed.md offers, through MMEngine's builder."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from torch import nn

import fdp_mmaction  # noqa: F401


def wrapper_of(model: nn.Module, kind: str, fused: bool) -> OptimWrapper:
    optimizer = dict(type=kind, lr=1e-2, weight_decay=1e-3, **(dict(fused=True) if fused else {}))
    try:
        return build_optim_wrapper(model, dict(type='OptimWrapper', optimizer=optimizer, clip_grad=dict(max_norm=1.0)))
    except RuntimeError as error:
        pytest.skip(f'no fused optimiser on the CPU before PyTorch 2.4: {error}')


def steps(model: nn.Module, wrapper: OptimWrapper, number: int) -> None:
    for index in range(number):
        x = torch.linspace(-1, 1 + index, 12).view(3, 4)
        wrapper.update_params(model(x).sub(1).square().mean())


def assert_close(first: nn.Module, second: nn.Module) -> None:
    for ours, theirs in zip(first.parameters(), second.parameters()):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize('kind', ['Adam', 'AdamW'])
def test_it_learns_the_same_and_goes_on_from_the_other(kind: str) -> None:
    torch.manual_seed(0)
    start = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    runs = {}
    for fused in (False, True):
        model = deepcopy(start)
        wrapper = wrapper_of(model, kind, fused)
        steps(model, wrapper, 4)
        runs[fused] = model, wrapper
    assert runs[True][1].optimizer.param_groups[0]['fused'] is True
    assert_close(runs[True][0], runs[False][0])
    assert not torch.allclose(runs[True][0][0].weight, start[0].weight)
    for fused in (False, True):
        model = deepcopy(runs[fused][0])
        resumed = wrapper_of(model, kind, not fused)
        resumed.load_state_dict(deepcopy(runs[fused][1].state_dict()))
        steps(model, resumed, 3)
        steps(*runs[fused], 3)
        assert_close(model, runs[fused][0])
