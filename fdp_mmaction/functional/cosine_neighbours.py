"""The nearest neighbours of each vector of a set: the edges of a graph."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cosine_neighbours(vectors: Tensor, num_neighbours: int) -> Tensor:
    """For each vector the ``num_neighbours`` of its set with the largest cosine similarity, itself among them.

    Compared in float32 at least, whatever the model's precision: bfloat16 cannot tell close similarities apart. The
    choice has no gradient.

    Args:
        vectors (Tensor): ``(N, M, D)``, N sets of M vectors.
        num_neighbours (int): k, 1 to M.

    Returns:
        Tensor: ``(N, M, k)`` int64 indices into the M vectors, the most similar first.

    Raises:
        ValueError: If there are fewer than k vectors.
    """
    if not 1 <= num_neighbours <= vectors.size(1):
        raise ValueError(f'{num_neighbours} neighbours were asked for among {vectors.size(1)} vectors: take 1 to '
                         f'{vectors.size(1)}.')
    with torch.no_grad(), torch.autocast(vectors.device.type, enabled=False):
        unit = F.normalize(vectors.detach().to(torch.promote_types(vectors.dtype, torch.float32)), dim=-1)
        return (unit @ unit.transpose(1, 2)).topk(num_neighbours, dim=-1).indices
