"""FDP's ViT-based global relational aggregator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from .convolutional_mlp import ConvolutionalMLP, round_channels
from .local_relational_aggregator import MultiHeadConvolution
from .patch_embedding import PatchEmbedding
from .pointwise_convolution import PointwiseConvolution


class PooledSelfAttention(nn.Module):
    """Multi-head self-attention over all positions, keys and values average-pooled.

    Args:
        channels (int): Width of input and output.
        head_channels (int): Channels of one head; must divide ``channels``. Defaults to 32.
        pool (int): Keys and values are averaged over ``pool`` x ``pool`` windows. Defaults to 1.

    Raises:
        ValueError: If ``head_channels`` does not divide ``channels``.
    """

    def __init__(self, channels: int, head_channels: int = 32, pool: int = 1) -> None:
        super().__init__()
        if channels % head_channels:
            raise ValueError(f'Attention heads of {head_channels} channels do not divide a width of {channels}.')
        self.num_heads = channels // head_channels
        self.pool = pool
        self.query = PointwiseConvolution(channels, channels)
        self.key_value = PointwiseConvolution(channels, 2 * channels)
        self.output = PointwiseConvolution(channels, channels)

    def _split(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        return x.view(n, self.num_heads, c // self.num_heads, h * w).transpose(2, 3)    # (N, heads, HW, d)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to the same shape."""
        context = F.avg_pool2d(x, self.pool, ceil_mode=True, count_include_pad=False) if self.pool > 1 else x
        key, value = self.key_value(context).chunk(2, dim=1)
        attended = _attend(self._split(self.query(x)), self._split(key), self._split(value))
        return self.output(attended.transpose(2, 3).reshape(x.shape))


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention. On a CPU with bfloat16 PyTorch's gradients of it take longer than in float32."""
    if query.device.type == 'cpu' and query.dtype == torch.bfloat16 and query.requires_grad:
        with torch.autocast('cpu', enabled=False):
            return F.scaled_dot_product_attention(query.float(), key.float(), value.float()).to(query.dtype)
    return F.scaled_dot_product_attention(query, key, value)


class GlobalRelationalAggregator(nn.Module):
    """Pointwise convolution, self-attention, multi-head convolution on the rest, MLP.

    The attention works on ``attention_share`` of the width; a pointwise projection of its result goes
    through a multi-head convolution to make the other channels, so global and local relations are joined.
    FDP (arXiv 2509.06015) names the first two steps; the composition follows the hybrid block of
    Next-ViT (arXiv 2207.05501) that its backbone is modelled on.

    Args:
        in_channels (int): Width of the input.
        out_channels (int): Width of the output; a multiple of four head widths keeps both parts divisible.
        stride (int): 2 halves the resolution in the patch embedding. Defaults to 1.
        head_channels (int): Channels of one attention or convolution head. Defaults to 32.
        pool (int): Pooling window of keys and values. Defaults to 1.
        attention_share (float): Share of the channels that attend, in (0, 1). Defaults to 0.75.
        mlp_ratio (float): Hidden width of the MLP relative to ``out_channels``. Defaults to 2.
        drop_path (float): Probability in [0, 1) of leaving out a residual branch. Defaults to 0.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 stride: int = 1,
                 head_channels: int = 32,
                 pool: int = 1,
                 attention_share: float = 0.75,
                 mlp_ratio: float = 2.0,
                 drop_path: float = 0.0) -> None:
        super().__init__()
        attention_channels = round_channels(out_channels * attention_share, head_channels)
        local_channels = out_channels - attention_channels
        if local_channels <= 0:
            raise ValueError(f'A width of {out_channels} leaves no channel for the local part with heads of '
                             f'{head_channels}: widen the block or narrow the heads.')
        self.patch_embedding = PatchEmbedding(in_channels, attention_channels, stride)
        self.attention_norm = nn.BatchNorm2d(attention_channels)
        self.attention = PooledSelfAttention(attention_channels, head_channels, pool)
        self.projection = PatchEmbedding(attention_channels, local_channels)
        self.convolution = MultiHeadConvolution(local_channels, min(head_channels, local_channels))
        self.norm = nn.BatchNorm2d(out_channels)
        self.mlp = ConvolutionalMLP(out_channels, mlp_ratio)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C_in, H, W)`` to ``(N, C_out, ceil(H / stride), ceil(W / stride))``."""
        x = self.patch_embedding(x)
        x = x + self.drop_path(self.attention(self.attention_norm(x)))      # (N, C_attention, H, W)
        local = self.projection(x)
        local = local + self.drop_path(self.convolution(local))             # (N, C_local, H, W)
        x = torch.cat([x, local], dim=1)
        return x + self.drop_path(self.mlp(self.norm(x)))
