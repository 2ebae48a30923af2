"""The position-wise MLP of the aggregators, as two pointwise convolutions."""

from __future__ import annotations

from torch import Tensor, nn

from .pointwise_convolution import PointwiseConvolution


def round_channels(channels: float, divisor: int = 32) -> int:
    """Round a width to the nearest multiple of ``divisor``, never losing more than 10 %.

    Args:
        channels (float): Wanted width.
        divisor (int): Step. Defaults to 32.

    Returns:
        int: A positive multiple of ``divisor``.
    """
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


class ConvolutionalMLP(nn.Module):
    """Pointwise convolution, ReLU, pointwise convolution.

    Args:
        channels (int): Width of input and output.
        ratio (float): Hidden width relative to ``channels``, rounded to a multiple of 32. Defaults to 3.
    """

    def __init__(self, channels: int, ratio: float = 3.0) -> None:
        super().__init__()
        hidden = round_channels(channels * ratio)
        self.expand = PointwiseConvolution(channels, hidden)
        self.activation = nn.ReLU()           # in place on a view, its gradient would be copied twice
        self.reduce = PointwiseConvolution(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        return self.reduce(self.activation(self.expand(x)))
