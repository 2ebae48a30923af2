"""Floating point operations of a step, and how many the machine can do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .clock import clock_of

SHAPES = ((64, 64), (128, 32), (256, 16), (512, 8))
"""Channels and side of the maps whose convolutions are tried."""


def count_flops(step: Callable[[], object]) -> int | None:
    """Operations of the convolutions, matrix products and attention in a step, forward and backward.

    A multiplication and an addition are two. Fourier transforms, normalisation, activations, sampling and the
    optimiser's update are not counted, so achieved rates are lower bounds. Attention runs as two matrix products
    meanwhile, so that the count is the same whatever kernel the device would choose. Count before ``torch.compile``.

    Args:
        step (Callable): Is run once.

    Returns:
        int | None: Operations; None where PyTorch has no counter (before 2.1).
    """
    try:
        from torch.utils.flop_counter import FlopCounterMode
        counter = FlopCounterMode(display=False)
    except (ImportError, TypeError):
        return None
    with plain_attention(), counter:
        step()
    return counter.get_total_flops()


def plain_attention() -> AbstractContextManager:
    """Let PyTorch compute attention from matrix products; without effect before PyTorch 2.3."""
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel
    except ImportError:
        return nullcontext()
    return sdpa_kernel(SDPBackend.MATH)


def matmul_peak(device: torch.device, dtype: torch.dtype, size: int | None = None, repeats: int = 5) -> float:
    """Operations per second of the fastest of a few large matrix products: what the machine can do at best, here.

    In float32 on a GPU, products use TF32 if convolutions may (``torch.backends.cudnn.allow_tf32``, PyTorch's default),
    since convolutions are what the networks mostly consist of.

    Args:
        device (torch.device): Where, with the threads that are set.
        dtype (torch.dtype): Of the factors.
        size (int, optional): Side n of the square factors; a product has 2 n^3 operations. Defaults to None: 1024 on a
            CPU, 8192 on a GPU.
        repeats (int): Products timed, after a first one to warm up. Defaults to 5.

    Returns:
        float: Operations per second.
    """
    size = size or (8192 if device.type == 'cuda' else 1024)
    left, right = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
    product = torch.empty_like(left)
    clock, kept = clock_of(device), torch.backends.cuda.matmul.allow_tf32
    if device.type == 'cuda':
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    try:
        seconds = [clock(lambda: torch.mm(left, right, out=product)) for _ in range(repeats + 1)][1:]
    finally:
        if device.type == 'cuda':
            torch.backends.cuda.matmul.allow_tf32 = kept
    return 2 * size ** 3 / min(seconds)


def convolution_peak(device: torch.device, dtype: torch.dtype, repeats: int = 3) -> float:
    """Operations per second of the fastest of a few 3x3 convolutions, forward and backward: what training can reach.

    Gradients of convolutions are slower than matrix products on most machines, so this is the nearer bound of a
    training step.

    Args:
        device (torch.device): Where, with the threads that are set.
        dtype (torch.dtype): Of frames and weights.
        repeats (int): Runs timed of each, after a first one to warm up. Defaults to 3.

    Returns:
        float: Operations per second, a multiplication and an addition being two.
    """
    clock, rates = clock_of(device), []
    for channels, side in SHAPES:
        maps = torch.rand(36, channels, side, side, device=device).to(dtype).to(memory_format=torch.channels_last)
        weight = torch.rand(channels, channels, 3, 3, device=device).to(dtype).to(memory_format=torch.channels_last)

        run = partial(_convolve, maps.requires_grad_(), weight.requires_grad_())
        seconds = min([clock(run) for _ in range(repeats + 1)][1:])
        rates.append(3 * 2 * 9 * channels ** 2 * 36 * side ** 2 / seconds)
    return max(rates)


def _convolve(maps: Tensor, weight: Tensor) -> None:
    out = F.conv2d(maps, weight, padding=1)
    torch.autograd.grad(out, (maps, weight), torch.ones_like(out))
