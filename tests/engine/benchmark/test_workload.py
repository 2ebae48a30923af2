"""Steps of training and prediction."""

from __future__ import annotations

import pytest
import torch
from tiny_benchmark import TINY, tiny_fdp, toy
from torch import nn

from fdp_mmaction.engine.benchmark.variant import Variant, read_variant
from fdp_mmaction.engine.benchmark.workload import (Workload, build_workload, check_precision, compile_workload,
                                                    optimiser_settings)
from fdp_mmaction.engine.launch import UsageError

CPU = torch.device('cpu')


def build(variant: Variant, part: str) -> Workload:
    return build_workload(variant, read_variant(variant), part, CPU)


def computed_types(model: nn.Module, step) -> set[torch.dtype]:
    found: set[torch.dtype] = set()
    hooks = [module.register_forward_hook(lambda module, inputs, output: found.add(output.dtype))
             for module in model.modules() if isinstance(module, nn.Linear)]
    step()
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize(('amp', 'dtype'), [(None, torch.float32), ('bf16', torch.bfloat16)])
def test_training_learns_in_the_precision_asked_for(amp: str | None, dtype: torch.dtype) -> None:
    work = build(tiny_fdp(amp=amp), 'train')
    before = [weight.detach().clone() for weight in work.model.parameters()]
    assert computed_types(work.model, work.step) == {dtype} == {work.dtype}
    assert sum(not torch.equal(a, b) for a, b in zip(before, work.model.parameters())) > len(before) / 2
    assert work.model.training and (work.mes, work.clips) == (2, 2)
    assert len(work.optimizer.state) > 0


@pytest.mark.parametrize(('amp', 'dtype'), [(None, torch.float32), ('bf16', torch.bfloat16)])
def test_prediction_changes_nothing(amp: str | None, dtype: torch.dtype) -> None:
    work = build(tiny_fdp(amp=amp), 'inference')
    before = {name: value.clone() for name, value in work.model.state_dict().items()}
    assert computed_types(work.model, work.step) == {dtype}
    samples = work.step()
    assert len(samples) == 2 and all('pred_dynamic_image' in sample for sample in samples)
    assert not samples[0].pred_score.requires_grad and work.optimizer is None
    assert all(torch.equal(before[name], value) for name, value in work.model.state_dict().items())


def test_heads_that_predict() -> None:
    sample = build(tiny_fdp(heads=('class',)), 'inference').step()[0]
    assert 'pred_score' in sample and 'pred_dynamic_image' not in sample


def test_batch_of_the_config(tmp_path) -> None:
    assert build(Variant(tiny_fdp().config, options={**TINY, 'train_dataloader.batch_size': 3}), 'train').mes == 3
    assert build(toy(tmp_path), 'train').mes == 4      # its dataset is not there


def test_bfloat16_is_not_scaled() -> None:
    variant = tiny_fdp(amp='bf16')
    settings = optimiser_settings(read_variant(variant), variant)
    assert (settings.type, settings.dtype, settings.loss_scale) == ('AmpOptimWrapper', 'bfloat16', dict(enabled=False))
    variant = tiny_fdp(amp='fp16')
    assert optimiser_settings(read_variant(variant), variant).loss_scale == 'dynamic'
    variant = tiny_fdp()
    cfg = read_variant(variant)
    assert optimiser_settings(cfg, variant) == cfg.optim_wrapper


@pytest.mark.parametrize(('options', 'message'), [
    (dict(optim_wrapper=None), 'has no optim_wrapper'),
    ({'optim_wrapper.type': 'ApexOptimWrapper'}, '--amp does not go with optim_wrapper type ApexOptimWrapper')])
def test_optimisers_that_do_not_do(options: dict, message: str) -> None:
    variant = tiny_fdp(options=options, amp='bf16')
    with pytest.raises(UsageError, match=message):
        optimiser_settings(read_variant(variant), variant)


def test_precisions_that_do_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match='--amp fp16 is for GPUs'):
        check_precision('fp16', CPU)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    with pytest.raises(UsageError, match='hide the GPU'):
        check_precision('bf16', CPU)
    check_precision('fp16', torch.device('cuda'))
    check_precision(None, CPU)


@pytest.mark.parametrize(('part', 'name'), [('train', 'train_step'), ('inference', 'forward')])
def test_what_is_compiled(part: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    ran: list[str] = []

    def fake_compile(function, **options):
        def compiled(*args, **kwargs):
            ran.append(function.__name__)
            return function(*args, **kwargs)
        return compiled

    monkeypatch.setattr(torch, 'compile', fake_compile)
    work = build(toy(tmp_path), part)
    compile_workload(work)
    work.step()
    assert ran == [name]
