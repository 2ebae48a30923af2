"""Less memory for more time: layers whose inner values are computed again in the backward pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.checkpoint import checkpoint


def recomputed(module: nn.Module, x: Tensor) -> Tensor:
    """Run a module and keep its input only; the backward pass runs it once more for what lies between.

    Results, gradients and random numbers are those of a plain call. So are running statistics: the second pass runs
    on copies of the buffers, where a plain gradient checkpoint lets batch normalisation count a batch twice.

    Args:
        module (nn.Module): Of one tensor.
        x (Tensor): Its input.

    Returns:
        Tensor: ``module(x)``.
    """
    if not torch.is_grad_enabled():
        return module(x)
    passes = 0

    def run(x: Tensor) -> Tensor:
        nonlocal passes
        passes += 1
        if passes == 1:
            return module(x)
        return functional_call(module, {name: buffer.clone() for name, buffer in module.named_buffers()}, (x,))

    return checkpoint(run, x, use_reentrant=False)
