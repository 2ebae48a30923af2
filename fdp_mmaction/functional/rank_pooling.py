"""Rank pooling: from an ordered sequence to one representation of how it changes.

Rank pooling (Fernando et al., CVPR 2015) describes a sequence by the parameters ``u`` of a linear function that ranks
its frames in time. Its closed form, the dynamic image, is in :mod:`fdp_mmaction.functional.dynamic_image`; its exact
form, a ranking SVM, in :mod:`fdp_mmaction.functional.exact_rank_pooling`.

Here is the learned form. It replaces the fixed order by scores ``s_t``:
``alpha_t = sum_j tanh((s_t - s_j) / temperature)``, which is ``2 t - T - 1`` exactly when the scores are in
chronological order and the temperature goes to zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .dynamic_image import dynamic_image, dynamic_image_uint8, rank_pooling_weights, rescale_dynamic_image

__all__ = ['chronological_share', 'dynamic_image', 'dynamic_image_uint8', 'learned_rank_pooling',
           'learned_rank_weights', 'pairwise_rank_loss', 'rank_pooling_weights', 'rescale_dynamic_image',
           'running_mean']


def running_mean(sequence: Tensor, dim: int) -> Tensor:
    """Mean of each prefix of a sequence, the smoothing that rank pooling is defined on.

    Args:
        sequence (Tensor): ``(..., T, ...)``.
        dim (int): The time axis.

    Returns:
        Tensor: Same shape; entry t is the mean of entries 1..t.
    """
    shape = [1] * sequence.dim()
    shape[dim] = -1
    count = torch.arange(1, sequence.size(dim) + 1, device=sequence.device, dtype=sequence.dtype)
    return sequence.cumsum(dim) / count.view(shape)


def learned_rank_weights(scores: Tensor, temperature: float = 1.0) -> Tensor:
    """Pooling weights from rank scores: ``alpha_t = sum_j tanh((s_t - s_j) / temperature)``.

    Args:
        scores (Tensor): ``(N, T)`` rank score of each frame.
        temperature (float): Width of the soft comparison, above 0. Defaults to 1.0.

    Returns:
        Tensor: ``(N, T)``, each row sums to zero; within ``[1 - T, T - 1]``.
    """
    difference = scores.unsqueeze(2) - scores.unsqueeze(1)      # (N, T, T)
    return torch.tanh(difference / temperature).sum(dim=2)


def learned_rank_pooling(sequence: Tensor, scores: Tensor, temperature: float = 1.0, dim: int = 1,
                         smooth: bool = True) -> Tensor:
    """Pool a sequence by its rank scores: ``sum_t alpha_t V_t`` with :func:`learned_rank_weights` and running means V.

    With scores in chronological order and the temperature going to zero this is
    :func:`~fdp_mmaction.functional.dynamic_image.dynamic_image`.

    Args:
        sequence (Tensor): ``(N, ..., T, ...)``.
        scores (Tensor): ``(N, T)`` rank score of each frame.
        temperature (float): Width of the soft comparison, above 0. Defaults to 1.0.
        dim (int): The time axis of ``sequence``. Defaults to 1.
        smooth (bool): Pool the running means; else the frames themselves. Defaults to True.

    Returns:
        Tensor: The shape without the time axis, in the type of ``sequence``.
    """
    shape = [1] * sequence.dim()
    shape[0], shape[dim] = scores.shape
    weights = learned_rank_weights(scores, temperature).to(sequence.dtype).view(shape)
    return (weights * (running_mean(sequence, dim) if smooth else sequence)).sum(dim)


def pairwise_rank_loss(scores: Tensor, margin: float = 1.0) -> Tensor:
    """Hinge loss over all pairs of frames: a later frame scores higher by ``margin``.

    ``mean_{i < j} max(0, margin - (s_j - s_i))``, the loss of a ranking SVM without its regulariser.

    Args:
        scores (Tensor): ``(N, T)`` with T >= 2, rank score of each frame.
        margin (float): Wanted difference of neighbouring and farther frames alike. Defaults to 1.0.

    Returns:
        Tensor: Scalar.

    Raises:
        ValueError: If there are fewer than two frames.
    """
    num_frames = scores.size(1)
    if num_frames < 2:
        raise ValueError(f'A ranking loss compares at least two frames, got {num_frames}.')
    earlier, later = torch.triu_indices(num_frames, num_frames, offset=1, device=scores.device)
    return (margin - (scores[:, later] - scores[:, earlier])).clamp(min=0).mean()


def chronological_share(scores: Tensor) -> Tensor:
    """Share of frame pairs whose rank scores are in chronological order.

    Args:
        scores (Tensor): ``(N, T)`` with T >= 2.

    Returns:
        Tensor: Scalar in [0, 1]; 0.5 is chance.
    """
    earlier, later = torch.triu_indices(scores.size(1), scores.size(1), offset=1, device=scores.device)
    return (scores[:, later] > scores[:, earlier]).float().mean()
