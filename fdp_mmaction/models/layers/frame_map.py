"""The head block of FDP's backbone: deep features of a frame -> one map."""

from __future__ import annotations

from torch import Tensor, nn

from .pointwise_convolution import PointwiseConvolution


class PooledFrameMap(nn.Module):
    """BN, global average pooling, and a linear layer that draws the whole map.

    Args:
        in_channels (int): Width of the features.
        map_size (int): Side S of the map. Defaults to 64.
    """

    def __init__(self, in_channels: int, map_size: int = 64) -> None:
        super().__init__()
        self.map_size = map_size
        self.norm = nn.BatchNorm2d(in_channels)
        self.linear = nn.Linear(in_channels, map_size ** 2)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, S, S)``."""
        return self.linear(self.norm(x).mean(dim=(2, 3))).view(-1, 1, self.map_size, self.map_size)


class SpatialFrameMap(nn.Module):
    """BN, then every position draws its own tile of the map, so places stay in place.

    Args:
        in_channels (int): Width of the features.
        stride (int): Input pixels per feature position, which is the side of a tile.
    """

    def __init__(self, in_channels: int, stride: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.tiles = PointwiseConvolution(in_channels, stride ** 2)
        self.shuffle = nn.PixelShuffle(stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H * stride, W * stride)``."""
        return self.shuffle(self.tiles(self.norm(x)))
