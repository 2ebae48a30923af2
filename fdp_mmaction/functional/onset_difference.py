"""Frames beside their difference to the onset."""

from __future__ import annotations

import torch
from torch import Tensor


def with_onset_difference(x: Tensor, gain: float) -> Tensor:
    """Add each frame's difference to the clip's first frame as further channels.

    A difference shows motion times image gradient; with the frame beside it, the direction of a motion can be told.

    Args:
        x (Tensor): ``(N, C, T, H, W)``.
        gain (float): Factor of the difference.

    Returns:
        Tensor: ``(N, 2 C, T, H, W)``.
    """
    return torch.cat((x, (x - x[:, :, :1]) * gain), dim=1)
