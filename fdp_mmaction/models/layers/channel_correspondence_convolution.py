"""MOL's channel correspondence convolution (CCC): feature patterns as the nodes of a graph."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from fdp_mmaction.functional.cosine_neighbours import cosine_neighbours

GRAPHS = ('channels', 'positions')


class ChannelCorrespondenceConvolution(nn.Module):
    """Edge convolution over channels: ``y_i = max_j ReLU(W1 f_i + W2 (f_j - f_i))``, j among the nearest of i.

    A node is a channel, its vector f the channel's values at all P positions; neighbours are the channels with the
    largest cosine similarity, itself among them. MOL (arXiv 2506.14511) describes it as graph-style, modelling the
    correlations among feature patterns; the edge function is that of DGCNN (Wang et al., ACM TOG 2019).

    W1 and W2 meet every node once and neighbours are picked from the products, since
    ``W2 (f_j - f_i) = W2 f_j - W2 f_i`` and the maximum goes through ReLU.

    Args:
        positions (int): P, the positions of a map.
        num_neighbours (int): k, itself included. Defaults to 4.
        graph (str): What is compared to find neighbours. ``'channels'``: the nodes. ``'positions'``, as the released
            code: the *positions* are compared, by their vectors of C channels; the k-th neighbour of every channel
            is then that channel with each position replaced by its k-th nearest. Defaults to 'channels'.
        centre_twice (bool): ``W2 (f_j - 2 f_i)``, as the released code, which subtracts the centre from what is a
            difference already. Defaults to False.

    Raises:
        ValueError: If ``graph`` is unknown.
    """

    def __init__(self, positions: int, num_neighbours: int = 4, graph: str = 'channels', centre_twice: bool = False
                 ) -> None:
        super().__init__()
        if graph not in GRAPHS:
            raise ValueError(f'A channel correspondence convolution compares {" or ".join(GRAPHS)}; got {graph!r}.')
        self.num_neighbours = num_neighbours
        self.graph = graph
        self.centre_twice = centre_twice
        self.centre = nn.Linear(positions, positions)           # W1
        self.difference = nn.Linear(positions, positions)       # W2

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape; without residual."""
        nodes = x.flatten(2)                                                            # (N, C, P)
        own = F.linear(nodes, self.difference.weight)                                   # W2 f_i
        best = self._among_channels(nodes, own) if self.graph == 'channels' else self._among_positions(nodes)
        centre = F.linear(nodes, self.centre.weight, self.centre.bias + self.difference.bias)
        return F.relu(centre + best - (2 if self.centre_twice else 1) * own).view(x.shape)

    def _among_channels(self, nodes: Tensor, own: Tensor) -> Tensor:
        """The largest W2 f_j of each node's neighbours, ``(N, C, P)``."""
        index = cosine_neighbours(nodes, self.num_neighbours)                           # (N, C, k)
        rows = index.flatten(1).unsqueeze(2).expand(-1, -1, nodes.size(2))              # (N, C * k, P)
        return own.gather(1, rows).unflatten(1, index.shape[1:]).amax(dim=2)

    def _among_positions(self, nodes: Tensor) -> Tensor:
        index = cosine_neighbours(nodes.transpose(1, 2), self.num_neighbours)           # (N, P, k)
        columns = index.transpose(1, 2).flatten(1).unsqueeze(1).expand(-1, nodes.size(1), -1)       # (N, C, k * P)
        neighbours = nodes.gather(2, columns).unflatten(2, (self.num_neighbours, -1))   # (N, C, k, P)
        return F.linear(neighbours, self.difference.weight).amax(dim=2)
