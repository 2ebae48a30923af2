"""FDP's rank scorer: a number for each frame that sorts the clip in time."""

from __future__ import annotations

from torch import Tensor, nn


class RankScorer(nn.Module):
    """Score a frame by how far the face has moved from the onset, in a learned metric.

    ``s_t = |p_t| / rms_t |p_t|`` with ``p_t = P(grid of V_t - V_1)``: the difference to the first frame, averaged
    to a grid and projected. The ranking loss trains the projection P, and through it the features, to grow along
    the clip. A linear score of the frame itself could not do that: MEs move any way, so what is later for one
    clip is earlier for another, while every ME moves away from its onset.

    The FDP paper (arXiv 2509.06015) asks for scores that rank the sequence in chronological order; its formula
    is not public, so this one is ours.

    Args:
        in_channels (int): Channels of the frame features.
        grid (int): Side of the grid that differences are averaged to. Defaults to 8.
        channels (int): Width of the projection P. Defaults to 64.
    """

    def __init__(self, in_channels: int, grid: int = 8, channels: int = 64) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(grid)
        self.projection = nn.Linear(in_channels * grid ** 2, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Score frames.

        Args:
            x (Tensor): ``(N, C, T, H, W)``, the onset first.

        Returns:
            Tensor: ``(N, T)`` float32 within ``[0, sqrt(T)]``, near 0 for the onset; equal for all frames of a
            clip without any change.
        """
        n, _, t = x.shape[:3]
        change = (x - x[:, :, :1]).transpose(1, 2).flatten(0, 1)                            # (N * T, C, H, W)
        points = self.projection(self.pool(change).flatten(1)).float().view(n, t, -1)       # (N, T, P)
        squared = points.square().sum(dim=2) + 1e-12        # a still clip gives 1 everywhere, not 0 / 0
        return (squared / squared.mean(dim=1, keepdim=True)).sqrt()
