"""Approximate rank pooling in closed form: the dynamic image of a sequence, by NumPy or by PyTorch.

Starting from ``u = 0``, one gradient step on the pairwise ranking loss of rank pooling gives a weighted sum of the
frames (Bilen et al., CVPR 2016):

- ranking the frames themselves (simple):   ``alpha_t = 2 t - T - 1``
- ranking their running means (smoothed):   ``alpha_n = sum_{t=n..T} (2 t - T - 1) / t``
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Array = TypeVar('Array', np.ndarray, Tensor)
"""A NumPy array or a tensor; what goes in comes out."""

_CONSTANT = 1e-12


def rank_pooling_weights(num_frames: int, smooth: bool = True) -> np.ndarray:
    """Closed-form weights of approximate rank pooling.

    Args:
        num_frames (int): Length T of the sequence, at least 1.
        smooth (bool): Rank the running means instead of the frames. Defaults to True, the form
            that dynamic images use.

    Returns:
        np.ndarray: ``(T,)`` float64, summing to zero.

    Raises:
        ValueError: If ``num_frames`` is below 1.

    Examples:
        >>> rank_pooling_weights(3, smooth=False)
        array([-2.,  0.,  2.])
    """
    if num_frames < 1:
        raise ValueError(f'Rank pooling needs at least one frame, got {num_frames}.')
    t = np.arange(1, num_frames + 1, dtype=np.float64)
    order = 2 * t - num_frames - 1
    return weights_on_frames(order) if smooth else order


def weights_on_frames(weights: np.ndarray) -> np.ndarray:
    """Weights of the frames that do what given weights of the running means do.

    ``sum_t w_t V_t = sum_n alpha_n I_n`` with ``alpha_n = sum_{t >= n} w_t / t``, since every frame enters all the
    running means from its own on.

    Args:
        weights (np.ndarray): ``(T,)`` weights w of the running means V.

    Returns:
        np.ndarray: ``(T,)`` float64 weights alpha of the frames I.
    """
    return np.cumsum((weights / np.arange(1, len(weights) + 1))[::-1])[::-1].copy()


def dynamic_image(frames: Array, smooth: bool = True, dim: int = 0) -> Array:
    """The weighted sum of frames that approximate rank pooling gives.

    Args:
        frames (np.ndarray | Tensor): ``(..., T, ...)``, frames in chronological order: one clip or a batch, grey or
            colour. A tensor may be on any device, and gradients flow through.
        smooth (bool): See :func:`rank_pooling_weights`. Defaults to True.
        dim (int): The time axis. Defaults to 0.

    Returns:
        np.ndarray | Tensor: The shape without the time axis, zero where nothing changes. An array is float64; a
        tensor keeps its floating-point type, and is float32 from integers.

    Examples:
        >>> dynamic_image(torch.rand(2, 3, 8, 64, 64), dim=2).shape     # (N, C, T, H, W)
        torch.Size([2, 3, 64, 64])
    """
    if isinstance(frames, Tensor):
        frames = frames if frames.is_floating_point() else frames.float()
        weights = torch.as_tensor(rank_pooling_weights(frames.size(dim), smooth), dtype=frames.dtype,
                                  device=frames.device)
        return torch.tensordot(weights, frames, dims=([0], [dim]))
    frames = np.asarray(frames)
    weights = rank_pooling_weights(frames.shape[dim], smooth)
    return np.tensordot(weights, frames.astype(np.float64, copy=False), axes=(0, dim))


def rescale_dynamic_image(image: Array, dim: int | Sequence[int] | None = None) -> Array:
    """Stretch a dynamic image to the range 0..1.

    Args:
        image (np.ndarray | Tensor): Any shape.
        dim (int | Sequence[int], optional): Axes of one image, each image of a batch being stretched by itself:
            ``(-2, -1)`` for ``(N, H, W)``, ``(-3, -2, -1)`` for ``(N, C, H, W)``, whose colours share one scale.
            Defaults to None, all axes.

    Returns:
        np.ndarray | Tensor: Same shape in [0, 1]; 0 everywhere where the image is constant (a sequence without any
        change). An array is float32; a tensor keeps its floating-point type.
    """
    axes = tuple(range(image.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if isinstance(image, Tensor):
        image = image if image.is_floating_point() else image.float()
        low, high = image.amin(axes, keepdim=True), image.amax(axes, keepdim=True)
        constant = high - low < _CONSTANT
        return torch.where(constant, torch.zeros_like(image),
                           (image - low) / torch.where(constant, torch.ones_like(low), high - low))
    image = np.asarray(image)
    image = image if np.issubdtype(image.dtype, np.floating) else image.astype(np.float64)
    low, high = image.min(axis=axes, keepdims=True), image.max(axis=axes, keepdims=True)
    constant = high - low < _CONSTANT
    return np.where(constant, 0, (image - low) / np.where(constant, 1, high - low)).astype(np.float32)


def dynamic_image_uint8(frames: np.ndarray, smooth: bool = True) -> np.ndarray:
    """A dynamic image as a picture: stretched to 0..255 and truncated.

    Args:
        frames (np.ndarray): ``(T, ...)`` in chronological order.
        smooth (bool): See :func:`rank_pooling_weights`. Defaults to True.

    Returns:
        np.ndarray: ``(...)`` uint8.
    """
    image = dynamic_image(frames, smooth)
    low, high = image.min(), image.max()
    if high - low < _CONSTANT:
        return np.zeros(image.shape, dtype=np.uint8)
    return (255 * (image - low) / (high - low)).astype(np.uint8)


def projected_rank_scores(frames: np.ndarray, image: np.ndarray, smooth: bool = True) -> np.ndarray:
    """Rank scores that a dynamic image gives its own frames: ``s_t = <u, V_t - V_1>``.

    Rank pooling describes a sequence by the direction ``u`` along which its running means V move forward in time, so
    these scores say how well ``u`` does: they rise where it ranks neighbours in order. Only differences of scores
    mean anything; the first is set to zero.

    Args:
        frames (np.ndarray): ``(T, ...)`` in chronological order.
        image (np.ndarray): ``(...)``, the direction u, such as :func:`dynamic_image` or exact rank pooling gives.
        smooth (bool): Score the running means; else the frames themselves. Defaults to True.

    Returns:
        np.ndarray: ``(T,)`` float64.
    """
    projections = np.asarray(frames).reshape(len(frames), -1) @ np.asarray(image, dtype=np.float64).ravel()
    if smooth:      # a mean of projections is the projection of the mean
        projections = np.cumsum(projections) / np.arange(1, len(frames) + 1)
    return projections - projections[0]
