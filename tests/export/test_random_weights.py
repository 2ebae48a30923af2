from __future__ import annotations

import tiny_fdp
import torch
from torch import nn

from fdp_mmaction.export.check import eager_runner
from fdp_mmaction.export.clips import random_clips
from fdp_mmaction.export.random_weights import settle_statistics


def test_values_do_not_fade():
    model, clips = tiny_fdp.build('fdp'), random_clips(6, (8, 32, 32))
    for weight in model.parameters():
        weight.data *= 0.02                                     # nearly nothing comes through
    seen = []
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    settle_statistics(model, clips)
    assert not any(module.training for module in model.modules()) and {norm.momentum for norm in norms} == {0.1}
    norms[0].register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    eager_runner(model, [])(clips)
    mean = seen[0].mean(dim=(0, 2, 3))
    assert torch.allclose(mean, norms[0].running_mean, rtol=1e-3) and seen[0].std() < 0.05
