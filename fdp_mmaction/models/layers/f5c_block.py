"""MOL's F5C block."""

from __future__ import annotations

from torch import Tensor, nn

from .channel_correspondence_convolution import ChannelCorrespondenceConvolution
from .fully_connected_convolution import FullyConnectedConvolution


class F5CBlock(nn.Module):
    """Fully-connected convolution, then channel correspondence convolution with residual (MOL, arXiv 2506.14511).

    Args:
        channels (int): Width of input and output, even.
        map_size (int): Side of the maps.
        fcc (dict, optional): Options of :class:`FullyConnectedConvolution`. Defaults to None, its own.
        ccc (dict, optional): Options of :class:`ChannelCorrespondenceConvolution`. Defaults to None, its own.
    """

    def __init__(self, channels: int, map_size: int, fcc: dict | None = None, ccc: dict | None = None) -> None:
        super().__init__()
        self.fcc = FullyConnectedConvolution(channels, **{'length': map_size, **(fcc or {})})
        self.ccc = ChannelCorrespondenceConvolution(map_size ** 2, **(ccc or {}))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        x = self.fcc(x)
        return x + self.ccc(x)
