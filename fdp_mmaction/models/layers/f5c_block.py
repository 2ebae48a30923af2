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
        with_fcc (bool): Have the fully-connected convolution; without, the maps go past it. Defaults to True.
        with_ccc (bool): Have the channel correspondence convolution, likewise. Defaults to True.
    """

    def __init__(self, channels: int, map_size: int, fcc: dict | None = None, ccc: dict | None = None,
                 with_fcc: bool = True, with_ccc: bool = True) -> None:
        super().__init__()
        self.fcc = FullyConnectedConvolution(channels, **{'length': map_size, **(fcc or {})}) if with_fcc else None
        self.ccc = ChannelCorrespondenceConvolution(map_size ** 2, **(ccc or {})) if with_ccc else None

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        if self.fcc is not None:
            x = self.fcc(x)
        return x if self.ccc is None else x + self.ccc(x)
