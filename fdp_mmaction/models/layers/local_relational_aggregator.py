"""FDP's CNN-based local relational aggregator."""

from __future__ import annotations

from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from .convolutional_mlp import ConvolutionalMLP
from .patch_embedding import PatchEmbedding
from .pointwise_convolution import PointwiseConvolution


class MultiHeadConvolution(nn.Sequential):
    """Each head convolves its own channels (3x3, BN, ReLU); a pointwise convolution mixes the heads.

    Args:
        channels (int): Width of input and output.
        head_channels (int): Channels of one head; must divide ``channels``. Defaults to 32.

    Raises:
        ValueError: If ``head_channels`` does not divide ``channels``.
    """

    def __init__(self, channels: int, head_channels: int = 32) -> None:
        if channels % head_channels:
            raise ValueError(f'Heads of {head_channels} channels do not divide a width of {channels}.')
        super().__init__(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels // head_channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            PointwiseConvolution(channels, channels, bias=False),
        )


class LocalRelationalAggregator(nn.Module):
    """Patch embedding, multi-head convolution with residual, MLP with residual.

    Follows FDP's description (arXiv 2509.06015, method section): each head is convolution, BN, ReLU;
    the heads are concatenated and mixed by a pointwise convolution; an MLP follows; both are residual.

    Args:
        in_channels (int): Width of the input.
        out_channels (int): Width of the output.
        stride (int): 2 halves the resolution in the patch embedding. Defaults to 1.
        head_channels (int): Channels of one convolution head. Defaults to 32.
        mlp_ratio (float): Hidden width of the MLP relative to ``out_channels``. Defaults to 3.
        drop_path (float): Probability in [0, 1) of leaving out a residual branch. Defaults to 0.
        dense_convolution (bool): Replace the multi-head convolution by one plain dense 3x3 convolution,
            as the released code runs it. Defaults to False.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 stride: int = 1,
                 head_channels: int = 32,
                 mlp_ratio: float = 3.0,
                 drop_path: float = 0.0,
                 dense_convolution: bool = False) -> None:
        super().__init__()
        self.patch_embedding = PatchEmbedding(in_channels, out_channels, stride)
        if dense_convolution:
            self.convolution = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        else:
            self.convolution = MultiHeadConvolution(out_channels, head_channels)
        self.norm = nn.BatchNorm2d(out_channels)
        self.mlp = ConvolutionalMLP(out_channels, mlp_ratio)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, H, W)`` to ``(N, C_out, ceil(H / stride), ceil(W / stride))``."""
        x = self.patch_embedding(x)
        x = x + self.drop_path(self.convolution(x))
        return x + self.drop_path(self.mlp(self.norm(x)))
