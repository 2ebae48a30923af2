from __future__ import annotations

import pytest
import torch
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import F5CNet, LGFATransformer
from fdp_mmaction.models.layers import LocalRelationalAggregator, recomputed

LGFA = dict(stem_channels=(4, 4), stage_channels=(8, 16), num_local=(1, 1), num_global=(0, 1), global_channels=(8, 16),
            head_channels=4, attention_pool=(2, 1), map_size=8, drop_path_rate=0.5, onset_difference=5.0)
F5C = dict(map_size=8, stem_channels=(4, 6, 8), stem_kernels=(4, 4, 1), stem_strides=(2, 2, 1),
           stem_paddings=(1, 1, 0))


def trained(model: nn.Module, clips: torch.Tensor, steps: int = 2) -> dict[str, torch.Tensor]:
    """Results, gradients and everything the model holds after some steps."""
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    found = {}
    for step in range(steps):
        optimizer.zero_grad()
        output = model(clips)
        output.square().mean().backward()
        found[f'output {step}'] = output.detach()
        found.update({f'gradient {step} {name}': p.grad.clone() for name, p in model.named_parameters()
                      if p.grad is not None})
        optimizer.step()
    found['random'] = torch.rand(2)
    return {**found, **model.state_dict()}


@pytest.mark.parametrize(('kind', 'options'), [
    (LGFATransformer, LGFA), (F5CNet, F5C), (F5CNet, dict(F5C, pair_weights=True))])
@pytest.mark.parametrize('training', [True, False])
def test_a_backbone_learns_the_same(kind: type, options: dict, training: bool) -> None:
    clips, found = torch.rand(2, 1, 3, 32, 32), []
    for with_cp in (False, True):
        torch.manual_seed(0)
        found.append(trained(kind(**options, with_cp=with_cp).train(training), clips))
    plain, ours = found
    assert plain.keys() == ours.keys() and any('gradient' in name for name in plain)
    for name, value in plain.items():
        torch.testing.assert_close(ours[name], value, atol=1e-7, rtol=1e-6, msg=name)
    counted = [value for name, value in ours.items() if name.endswith('num_batches_tracked')]
    assert counted and all(value == (2 if training else 0) for value in counted)


def test_only_the_input_is_kept() -> None:
    block, x = LocalRelationalAggregator(8, 8, head_channels=4), torch.rand(2, 8, 6, 6, requires_grad=True)
    kept: list[list[torch.Size]] = []
    for run in (block, lambda x: recomputed(block, x)):
        kept.append([])
        with torch.autograd.graph.saved_tensors_hooks(lambda value: kept[-1].append(value.shape) or value,
                                                      lambda value: value):
            run(x)
    assert len(kept[0]) > 10 and len(kept[1]) <= 1


def test_without_gradients_it_is_a_plain_call() -> None:
    calls = []
    block = nn.Linear(2, 2)
    block.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        assert torch.equal(recomputed(block, torch.ones(1, 2)), block(torch.ones(1, 2)))
    assert len(calls) == 2
