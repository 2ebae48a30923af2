"""Convolution along one image axis with a kernel as long as the axis, so that every output sees the whole line."""

from __future__ import annotations

import torch
from torch import Tensor


def circulant(kernel: Tensor) -> Tensor:
    """The matrix that convolves a closed line of n values.

    Args:
        kernel (Tensor): ``(C, n)``.

    Returns:
        Tensor: ``(C, n, n)`` with entry ``[c, i, m] = kernel[c, (m - i) mod n]``.
    """
    place = torch.arange(kernel.size(1), device=kernel.device)
    return kernel[:, (place - place.unsqueeze(1)) % kernel.size(1)]


def circular_convolution(x: Tensor, kernel: Tensor, dim: int) -> Tensor:
    """Depth-wise circular convolution along the rows or the columns: ``y_i = sum_j kernel_j x_((i + j) mod n)``.

    One small matrix product per channel; there is no padding, and nothing is convolved twice.

    Args:
        x (Tensor): ``(N, C, H, W)``.
        kernel (Tensor): ``(C, n)``, one kernel per channel, n the length of the axis.
        dim (int): 2 convolves along H, 3 along W.

    Returns:
        Tensor: ``(N, C, H, W)``.

    Raises:
        ValueError: If ``dim`` is another axis, or the kernel is not as long as the axis.
    """
    if dim not in (2, 3) or kernel.size(1) != x.size(dim):
        raise ValueError(f'A circular convolution along axis 2 or 3 takes a kernel as long as the axis; got axis {dim} '
                         f'of {tuple(x.shape)} and a kernel of {kernel.size(1)}.')
    matrix = circulant(kernel)                                                  # (C, n, n)
    return matrix @ x if dim == 2 else x @ matrix.transpose(1, 2)               # (N, C, H, W)
