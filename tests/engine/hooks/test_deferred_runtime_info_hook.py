from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_mol
import torch
from far_device import AWAY, UNREADABLE, Copies
from mmengine.config import Config
from mmengine.hooks import RuntimeInfoHook
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper, OptimWrapperDict, build_optim_wrapper
from mmengine.runner import Runner
from tiny_benchmark import tiny_fdp
from torch import nn
from toy_run import write_config

from fdp_mmaction.engine.benchmark.example import example_batch
from fdp_mmaction.engine.benchmark.variant import pipeline_of, read_variant
from fdp_mmaction.engine.hooks import DeferredRuntimeInfoHook
from fdp_mmaction.engine.optim_wrapper import CPUAmpOptimWrapper
from fdp_mmaction.registry import MODELS

ADAMW = dict(optimizer=dict(type='AdamW', lr=1e-3), clip_grad=dict(max_norm=1.0))


def runner_of(wrapper: Any) -> SimpleNamespace:
    return SimpleNamespace(message_hub=MessageHub('steps'), optim_wrapper=wrapper, epoch=0, iter=0, max_epochs=1,
                           max_iters=9, train_dataloader=SimpleNamespace(dataset=[]))


def fdp() -> tuple[nn.Module, dict]:
    cfg = read_variant(tiny_fdp())
    cfg.model.data_preprocessor.type = 'MEDataPreprocessor'
    return MODELS.build(cfg.model), example_batch(pipeline_of(cfg, 'train'), 2, 12)


def mol() -> tuple[nn.Module, dict]:
    preprocessor = dict(tiny_mol.tiny_mol()['data_preprocessor'], type='MEDataPreprocessor')
    return tiny_mol.build(data_preprocessor=preprocessor, uncertainty_weighting=True), tiny_mol.batch(3)


def away(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    monkeypatch.setattr(torch, 'autocast', lambda *_, **__: nullcontext())      # it knows no such device
    return model.to(AWAY).train()


def step(hook: RuntimeInfoHook, runner: SimpleNamespace, model: nn.Module, data: dict) -> None:
    hook.before_train_iter(runner, 0, data)
    hook.after_train_iter(runner, 0, data, model.train_step(data, runner.optim_wrapper))


@pytest.mark.parametrize('make', [fdp, mol])
def test_a_training_step_reads_nothing_from_the_device(make, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = make()
    model.cls_head.loss_cls.class_weight = torch.rand(model.cls_head.num_classes)      # on the host, as it is set
    model = away(model, monkeypatch)
    runner, hook = runner_of(build_optim_wrapper(model, dict(ADAMW))), DeferredRuntimeInfoHook()
    hook.before_train(runner)
    step(hook, runner, model, data)
    with Copies() as copies:
        step(hook, runner, model, data)
        step(hook, runner, model, data)
    kinds = 1 + len(data['data_samples'][0].keys())      # frames, and each kind of target
    assert len(copies.seen) == 2 * kinds and all(goes_on for _, goes_on in copies.seen)
    assert [kind for kind, _ in copies.seen].count(torch.uint8) == 2      # frames, as the pipeline gives them
    assert {'train/loss', 'train/loss_cls', 'train/top1_acc', 'train/grad_norm', 'train/lr'} \
        <= runner.message_hub.log_scalars.keys()
    with pytest.raises(UNREADABLE, match='meta tensor'):      # the test sees who reads
        runner.message_hub.get_scalar('train/loss').mean(20)


@pytest.mark.parametrize('part', ['losses', 'gradients'])
def test_mmengines_own_reads(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = mol()
    model = away(model, monkeypatch)
    runner = runner_of(build_optim_wrapper(model, dict(ADAMW) if part == 'gradients' else dict(
        optimizer=ADAMW['optimizer'])))
    with pytest.raises(UNREADABLE, match='meta tensor'):
        step(RuntimeInfoHook(), runner, model, data)


@pytest.mark.gpu
@pytest.mark.parametrize('make', [fdp, mol])
def test_a_training_step_does_not_wait_for_a_gpu(make) -> None:
    if not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    model, data = make()
    model = model.to('cuda').train()
    runner, hook = runner_of(build_optim_wrapper(model, dict(ADAMW))), DeferredRuntimeInfoHook()
    hook.before_train(runner)
    step(hook, runner, model, data)      # libraries are loaded, memory is reserved
    torch.cuda.set_sync_debug_mode('error')
    try:
        step(hook, runner, model, data)
    finally:
        torch.cuda.set_sync_debug_mode('default')
    assert len(runner.message_hub.get_scalar('train/loss').data[0]) == 2


def train(folder: Path, hook: str) -> list[dict]:
    """Lines of the log of a run of two epochs of four steps, two of which update the weights."""
    cfg = Config.fromfile(write_config(folder))
    cfg.update(work_dir=str(folder / hook), experiment_name=f'{folder.name}_{hook}', custom_hooks=[],
               val_dataloader=None, val_cfg=None, val_evaluator=None)
    cfg.default_hooks.runtime_info.type = hook
    cfg.default_hooks.logger.interval = 3
    cfg.optim_wrapper.update(clip_grad=dict(max_norm=0.1), accumulative_counts=2)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.optim_wrapper.clip_func is nn.utils.clip_grad_norm_
    lines = [json.loads(line) for path in Path(cfg.work_dir).glob('*/vis_data/scalars.json')
             for line in path.read_text().splitlines()]
    times = ('time', 'data_time', 'memory')
    return [{key: value for key, value in line.items() if key not in times} for line in lines]


def test_the_log_is_that_of_mmengines_hook(tmp_path: Path) -> None:
    expected, found = (train(tmp_path, hook) for hook in ('RuntimeInfoHook', 'DeferredRuntimeInfoHook'))
    assert found == expected and len(found) == 4
    assert {'loss', 'grad_norm', 'lr'} <= found[0].keys()


def test_every_optimiser_holds_back_and_is_given_back() -> None:
    layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    wrapper = OptimWrapperDict(**{
        name: kind(optimizer=torch.optim.SGD(layer.parameters(), lr=0.1), clip_grad=clip)
        for name, layer, kind, clip in zip('ab', layers, (OptimWrapper, CPUAmpOptimWrapper),
                                           (dict(max_norm=0.1), dict(type='value', clip_value=0.1)))})
    hook, runner, before = DeferredRuntimeInfoHook(), runner_of(wrapper), [part.clip_func for part in wrapper.values()]
    hook.before_train(runner)
    hook.before_train(runner)      # after a training that was broken off
    for layer, part in zip(layers, wrapper.values()):
        part.update_params(layer(torch.full((1, 2), 100.0)).square().sum())
    assert len(runner.message_hub.get_scalar('train/grad_norm').data[0]) == 1
    assert runner.message_hub.get_scalar('train/grad_norm').current() > 0.1
    hook.after_train(runner)
    assert [part.clip_func for part in wrapper.values()] == before


def test_other_values_are_logged_at_once() -> None:
    hook, runner = DeferredRuntimeInfoHook(), runner_of(OptimWrapper(torch.optim.SGD([torch.zeros(1)], lr=0.1)))
    hook.before_train(runner)
    hook.after_train_iter(runner, 0, None, dict(count=torch.tensor(3), share=0.5, loss=torch.tensor(2.0)))
    hook.after_train_iter(runner, 1)
    scalars = runner.message_hub.log_scalars
    assert {name: scalars[name].data[0].tolist() for name in scalars} == {
        'train/count': [3], 'train/share': [0.5], 'train/loss': [2.0]}
