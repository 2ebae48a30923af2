"""MOL's fully-connected convolution (FCC): local features with a global receptive field."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fdp_mmaction.functional.circular_convolution import circular_convolution


class GlobalCircularConvolution(nn.Module):
    """Add a position embedding, normalise on wish, convolve one axis with a learned kernel as long as the axis.

    Args:
        channels (int): Width C of input and output.
        dim (int): 2 convolves along the rows' axis H, 3 along W.
        length (int): Length of kernel and embedding; the first H or W values are used.
        norm (bool): Batch normalisation between embedding and convolution. Defaults to False.

    Raises:
        ValueError: If the axis of an input is longer than the kernel.
    """

    def __init__(self, channels: int, dim: int, length: int, norm: bool = False) -> None:
        super().__init__()
        self.dim = dim
        self.position = nn.Parameter(torch.empty(channels, length))
        self.norm = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.kernel = nn.Parameter(torch.empty(channels, length))
        self.bias = nn.Parameter(torch.zeros(channels))
        nn.init.trunc_normal_(self.position, std=0.02)
        nn.init.trunc_normal_(self.kernel, std=length ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        n = x.size(self.dim)
        if n > self.kernel.size(1):
            raise ValueError(f'A global convolution with kernels of {self.kernel.size(1)} values cannot run along {n} '
                             'positions: lengthen the kernels (kernel_length of F5CNet).')
        x = self.norm(x + self.position[:, :n].unsqueeze(4 - self.dim))         # (C, H, 1) or (C, 1, W)
        return circular_convolution(x, self.kernel[:, :n], self.dim) + self.bias.view(-1, 1, 1)


class FullyConnectedConvolution(nn.Module):
    """Two halves of the channels, convolved along both axes in opposite order, then a feed-forward network.

    The first half goes through :class:`GlobalCircularConvolution` along H, then W, the second along W, then H; each
    half is residual. So every position sees all others after one block, as in a transformer, at the cost of two
    short convolutions. MOL (arXiv 2506.14511) describes it as transformer-style, local features with a global
    receptive field; the arrangement is that of the released code, whose feed-forward network is never run.

    Args:
        channels (int): Width of input and output, even.
        length (int): Length of the kernels and position embeddings, at least the side of the map. Defaults to 16.
        feed_forward_channels (int, optional): Hidden width of the feed-forward network. Defaults to None: twice
            ``channels``.
        feed_forward (bool): Run it. If not, its weights are kept, so that checkpoints of the released code fit, and
            neither used nor trained. Defaults to True.

    Raises:
        ValueError: If ``channels`` is odd.
    """

    def __init__(self, channels: int, length: int = 16, feed_forward_channels: int | None = None,
                 feed_forward: bool = True) -> None:
        super().__init__()
        if channels % 2:
            raise ValueError(f'A fully-connected convolution halves its channels; {channels} is odd.')
        half, hidden = channels // 2, feed_forward_channels or 2 * channels
        self.rows_first = nn.Sequential(GlobalCircularConvolution(half, 2, length, norm=True),
                                        GlobalCircularConvolution(half, 3, length))
        self.columns_first = nn.Sequential(GlobalCircularConvolution(half, 3, length, norm=True),
                                           GlobalCircularConvolution(half, 2, length))
        self.feed_forward = nn.Sequential(nn.BatchNorm2d(channels), nn.Conv2d(channels, hidden, 1),
                                          nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1))
        self.run_feed_forward = feed_forward
        self.feed_forward.requires_grad_(feed_forward)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        first, second = x.chunk(2, dim=1)
        x = torch.cat((first + self.rows_first(first), second + self.columns_first(second)), dim=1)
        return x + self.feed_forward(x) if self.run_feed_forward else x
