"""Rank pooling: from an ordered sequence to one representation of how it changes.

Rank pooling (Fernando et al., CVPR 2015) describes a sequence by the parameters ``u`` of a linear
function that ranks its frames in time. Starting from ``u = 0``, one gradient step on the pairwise
ranking loss gives the *approximate* solution (Bilen et al., CVPR 2016), a weighted sum of the frames:

- on the frames themselves (simple):      ``alpha_t = 2 t - T - 1``
- on their running means (smoothed):      ``alpha_n = sum_{t=n..T} (2 t - T - 1) / t``

The learned form replaces the fixed order by scores ``s_t``:
``alpha_t = sum_j tanh((s_t - s_j) / temperature)``, which is ``2 t - T - 1`` exactly when the scores
are in chronological order and the temperature goes to zero.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


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
    if not smooth:
        return order
    return np.cumsum((order / t)[::-1])[::-1].copy()


def dynamic_image(frames: np.ndarray, smooth: bool = True) -> np.ndarray:
    """The weighted sum of frames that approximate rank pooling gives.

    Args:
        frames (np.ndarray): ``(T, ...)``, frames in chronological order.
        smooth (bool): See :func:`rank_pooling_weights`. Defaults to True.

    Returns:
        np.ndarray: ``(...)`` float64, zero where nothing changes.
    """
    frames = np.asarray(frames)
    weights = rank_pooling_weights(len(frames), smooth)
    return np.tensordot(weights, frames.astype(np.float64, copy=False), axes=1)


def rescale_dynamic_image(image: np.ndarray) -> np.ndarray:
    """Stretch a dynamic image to the range 0..1.

    Args:
        image (np.ndarray): Any shape.

    Returns:
        np.ndarray: Same shape, float32 in [0, 1]; 0 everywhere when the image is constant
        (a sequence without any change).
    """
    low, high = float(image.min()), float(image.max())
    if high - low < 1e-12:
        return np.zeros(image.shape, dtype=np.float32)
    return ((image - low) / (high - low)).astype(np.float32)


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
    if high - low < 1e-12:
        return np.zeros(image.shape, dtype=np.uint8)
    return (255 * (image - low) / (high - low)).astype(np.uint8)


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
