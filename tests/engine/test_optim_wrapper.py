from __future__ import annotations

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from fdp_mmaction.engine.optim_wrapper import CPUAmpOptimWrapper

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason='MMEngine autocasts on the GPU here')


def build(seed: int = 0, **kwargs: object) -> tuple[nn.Module, CPUAmpOptimWrapper]:
    torch.manual_seed(seed)
    model = nn.Linear(4, 2)
    return model, CPUAmpOptimWrapper(optimizer=torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9), **kwargs)


def test_computes_in_bfloat16_and_updates_like_float32() -> None:
    model, wrapper = build(loss_scale='dynamic')
    inputs, reference = torch.randn(3, 4), nn.Linear(4, 2)
    reference.load_state_dict(model.state_dict())
    plain = OptimWrapper(torch.optim.SGD(reference.parameters(), lr=0.5, momentum=0.9))
    with wrapper.optim_context(model):
        out = model(inputs)
    assert out.dtype == torch.bfloat16 and model.weight.dtype == torch.float32
    wrapper.update_params(out.float().square().mean())
    plain.update_params(reference(inputs).square().mean())
    torch.testing.assert_close(model.weight, reference.weight, atol=0.02, rtol=0)
    assert not torch.equal(model.weight, reference.weight)      # it did round


def test_gradients_are_clipped_unscaled() -> None:
    model, wrapper = build(clip_grad=dict(max_norm=1e-3))
    before = model.weight.detach().clone()
    wrapper.update_params(model(torch.ones(1, 4)).square().sum() * 1e4)
    step = torch.cat([(model.weight - before).detach().flatten(), torch.zeros(1)]).norm()
    assert 0 < step <= 0.5e-3 + 1e-6      # learning rate x norm; the bias takes the rest


def test_state_travels_between_cpu_and_gpu_checkpoints() -> None:
    model, wrapper = build()
    wrapper.update_params(model(torch.ones(1, 4)).sum())
    state = wrapper.state_dict()
    assert 'loss_scaler' not in state
    other = build(seed=1)[1]
    other.load_state_dict(dict(state, loss_scaler=dict(scale=65536.0)))      # as a GPU run writes it
    assert other.optimizer.state_dict()['state'][0]['momentum_buffer'].abs().sum() > 0


def test_other_precisions_become_bfloat16(caplog: pytest.LogCaptureFixture) -> None:
    assert build(dtype='float16', loss_scale=512.0)[1].cast_dtype == torch.bfloat16
    assert build(dtype='bfloat16')[1].cast_dtype == torch.bfloat16
