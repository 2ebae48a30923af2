"""The maps of the first and of the second frames of all pairs of neighbouring frames."""

from __future__ import annotations

from torch import Tensor


def frame_pairs(maps: Tensor, paired: bool = False) -> tuple[Tensor, Tensor]:
    """Split maps over time into those of the first and those of the second frame of each pair.

    Args:
        maps (Tensor): ``(N, C, T, H, W)``, one map per frame; or ``(N, C, 2 (T - 1), H, W)``, two per pair.
        paired (bool): The maps are those of pair 0 (first, second), pair 1 (first, second), ...; else one map per
            frame, which is the second of one pair and the first of the next. Defaults to False.

    Returns:
        tuple[Tensor, Tensor]: Two views ``(N, C, T - 1, H, W)``.
    """
    if paired:
        return maps[:, :, ::2], maps[:, :, 1::2]
    return maps[:, :, :-1], maps[:, :, 1:]
