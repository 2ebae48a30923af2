"""Cost volume of two feature maps, as in FlowNetC (Dosovitskiy et al., ICCV 2015), in plain PyTorch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def displaced_positions(height: int, width: int, max_displacement: int, step: int, device: torch.device | None = None
                        ) -> Tensor:
    """Where each position of a map comes to lie under each displacement.

    Args:
        height (int): H.
        width (int): W.
        max_displacement (int): Largest displacement in positions, a multiple of ``step``.
        step (int): Distance between neighbouring displacements.
        device (torch.device, optional): Defaults to None, PyTorch's own choice.

    Returns:
        Tensor: ``(H * W, D * D)`` int64 with ``D = 2 * max_displacement / step + 1``: flat index of the displaced
        position, or ``H * W`` outside the map. Displacements go row by row, from the upper left to the lower right.
    """
    shift = torch.arange(-max_displacement, max_displacement + 1, step, device=device)
    row = torch.arange(height, device=device).view(-1, 1, 1, 1) + shift.view(1, 1, -1, 1)       # (H, 1, D, 1)
    column = torch.arange(width, device=device).view(1, -1, 1, 1) + shift.view(1, 1, 1, -1)     # (1, W, 1, D)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return (row * width + column).masked_fill(~inside, height * width).view(height * width, -1)


def correlation(first: Tensor, second: Tensor, max_displacement: int = 20, step: int = 2) -> Tensor:
    """How well each position of one map fits the displaced positions of another.

    ``out[d, y, x] = sum_c first[c, y, x] second[c, y + dy, x + dx] / C``, zero where the displaced position is outside.
    All pairs of positions are compared in one matrix product and the wanted ones are picked out, so memory grows with
    ``(H W)^2``: right for the coarse maps of a flow network (256 positions here), not for whole images.

    Args:
        first (Tensor): ``(N, C, H, W)`` features of the first frame.
        second (Tensor): ``(N, C, H, W)`` features of the second frame.
        max_displacement (int): Largest displacement in positions, a multiple of ``step``. Defaults to 20.
        step (int): Distance between neighbouring displacements. Defaults to 2.

    Returns:
        Tensor: ``(N, D * D, H, W)`` with ``D = 2 * max_displacement / step + 1``; displacements go row by row.

    Raises:
        ValueError: If the shapes differ or ``step`` does not divide ``max_displacement``.

    Examples:
        >>> correlation(torch.rand(7, 256, 16, 16), torch.rand(7, 256, 16, 16)).shape
        torch.Size([7, 441, 16, 16])
    """
    if first.shape != second.shape or step < 1 or max_displacement % step:
        raise ValueError(f'A correlation takes two maps of one shape and a displacement that its step divides; got '
                         f'{tuple(first.shape)} and {tuple(second.shape)}, {max_displacement} and {step}.')
    n, channels, height, width = first.shape
    pairs = first.flatten(2).transpose(1, 2) @ second.flatten(2)                # (N, HW, HW)
    index = displaced_positions(height, width, max_displacement, step, first.device)
    pairs = F.pad(pairs, (0, 1))                                                # a column of zeros for outside
    volume = pairs.gather(2, index.expand(n, -1, -1)) / channels                # (N, HW, D * D)
    return volume.transpose(1, 2).unflatten(2, (height, width))
