"""Losses of several tasks, weighted by what is learned of their noise."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def uncertainty_weighted(losses: Sequence[Tensor], log_variances: Sequence[Tensor]) -> Tensor:
    """Total of the losses ``L_i`` of tasks by their learned log variances ``s_i``: ``sum_i exp(-s_i) L_i + s_i``.

    Homoscedastic uncertainty as the weight of a task (Kendall, Gal and Cipolla, *Multi-Task Learning Using Uncertainty
    to Weigh Losses*, CVPR 2018), where ``s_i = log(sigma_i ** 2)``. They derive ``exp(-s_i) L_i / 2 + s_i / 2`` for a
    squared error and, as an approximation, ``exp(-s_i) L_i + s_i / 2`` for cross entropy; here one form serves all,
    twice the former. For a loss that stays as it is, ``s_i = log(L_i)`` is the best, which weighs it with its inverse.

    Args:
        losses (Sequence[Tensor]): One scalar per task, above 0.
        log_variances (Sequence[Tensor]): One scalar per task, in the same order.

    Returns:
        Tensor: ``()``; it falls without bound as a loss goes to 0.

    Raises:
        ValueError: If their numbers differ, or there is none.

    Examples:
        >>> uncertainty_weighted([torch.tensor(2.0), torch.tensor(4.0)], [torch.tensor(0.0), torch.tensor(4.0).log()])
        tensor(4.3863)
    """
    if len(losses) != len(log_variances) or not losses:
        raise ValueError(f'{len(losses)} losses cannot be weighted by {len(log_variances)} log variances.')
    return torch.stack([(-s).exp() * loss + s for loss, s in zip(losses, log_variances)]).sum()
