"""Patch embedding between aggregators: change resolution and width."""

from __future__ import annotations

from torch import Tensor, nn

from .pointwise_convolution import PointwiseConvolution


class PatchEmbedding(nn.Module):
    """Optional 2x2 average pooling, then a pointwise convolution with batch normalisation.

    Does nothing when neither resolution nor width changes.

    Args:
        in_channels (int): Width of the input.
        out_channels (int): Width of the output.
        stride (int): 1 or 2; 2 halves the resolution (rounded up, padding not counted). Defaults to 1.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if stride == 2 else nn.Identity()
        if stride == 2 or in_channels != out_channels:
            self.projection = PointwiseConvolution(in_channels, out_channels, bias=False)
            self.norm = nn.BatchNorm2d(out_channels)
        else:
            self.projection = nn.Identity()
            self.norm = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, H, W)`` to ``(N, C_out, ceil(H / stride), ceil(W / stride))``."""
        return self.norm(self.projection(self.pool(x)))
