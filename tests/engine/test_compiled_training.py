"""``compile=True`` of MMEngine's runner with our models."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import tiny_mol
import torch
from mmengine.optim import build_optim_wrapper
from tiny_benchmark import tiny_fdp
from torch import nn
from torch._dynamo.backends.debugging import aot_eager

from fdp_mmaction import compat
from fdp_mmaction.engine.benchmark.example import example_batch
from fdp_mmaction.engine.benchmark.variant import pipeline_of, read_variant
from fdp_mmaction.registry import MODELS

OPTIMISER = dict(optimizer=dict(type='AdamW', lr=1e-3), clip_grad=dict(max_norm=1.0))


@pytest.fixture(autouse=True)
def fresh_compiler():
    compat.apply_all()
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def fdp() -> tuple[nn.Module, list[dict]]:
    cfg = read_variant(tiny_fdp())
    batch = example_batch(pipeline_of(cfg, 'train'), 2, 12)
    torch.manual_seed(0)
    model, batches = MODELS.build(cfg.model), [deepcopy(batch) for _ in range(4)]
    for index, data in enumerate(batches):
        data['inputs'] = [torch.randint(0, 256, clip.shape, dtype=torch.uint8) for clip in data['inputs']]
        for sample in data['data_samples']:
            sample.set_metainfo(dict(sample_id=f'sample{index}'))
            sample.set_gt_label(index)
    return model, batches


def mol() -> tuple[nn.Module, list[dict]]:
    return tiny_mol.build(), [tiny_mol.batch() for _ in range(4)]


def losses(model: nn.Module, batches: list[dict], after_step: Callable[[], object] = int, **compilation: Any
           ) -> list[dict[str, float]]:
    """Losses of a training in which the learning rate changes in every step, as schedules change it."""
    model = deepcopy(model).train()
    wrapper = build_optim_wrapper(model, deepcopy(OPTIMISER))
    step = torch.compile(model.train_step, **compilation) if compilation else model.train_step
    found = []
    for index, batch in enumerate(batches):
        wrapper.optimizer.param_groups[0]['lr'] = 1e-3 / (1 + index)
        torch.manual_seed(index)
        found.append({name: value.item() for name, value in step(deepcopy(batch), wrapper).items()})
        after_step()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(('make', 'preprocessor'), [(fdp, 'ActionDataPreprocessor'), (mol, 'MEDataPreprocessor')])
def test_the_model_is_one_graph_compiled_once_for_each_batch_size(make, preprocessor: str) -> None:
    """With everything that ``torch.compile`` does but writing kernels, which takes minutes."""
    model, batches = make()
    model.data_preprocessor = MODELS.build(dict(type=preprocessor, mean=[127.5], std=[127.5], format_shape='NCTHW'))
    graphs, numbers = [], []

    def backend(graph, inputs):
        graphs.append(sum(node.op.startswith('call') for node in graph.graph.nodes))
        return aot_eager(graph, inputs)

    for part in batches[2].values():
        part.pop()      # as at the end of an epoch
    found = losses(model, batches, lambda: numbers.append(len(graphs)), backend=backend, dynamic=False)
    expected = losses(model, batches)
    sizes = sorted(graphs, reverse=True)
    assert sizes[0] > 80 and sizes[2] < 20      # all of the model in one, for each size; the rest adds up the losses
    assert numbers[0] == numbers[1] < numbers[2] == numbers[3]      # nothing else is compiled
    assert len({entry['loss'] for entry in expected}) == len(batches)
    for ours, theirs in zip(found, expected):
        assert ours == pytest.approx(theirs, rel=1e-3)
