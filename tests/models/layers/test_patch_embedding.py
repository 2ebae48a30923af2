import torch
from torch import nn

from fdp_mmaction.models.layers import PatchEmbedding


def test_same_resolution_and_width_is_nothing():
    x = torch.rand(2, 8, 5, 5)
    assert PatchEmbedding(8, 8)(x) is x


def test_stride_averages_and_does_not_count_padding():
    layer = PatchEmbedding(1, 1, stride=2).eval()
    nn.init.ones_(layer.projection.weight)
    out = layer(torch.ones(1, 1, 5, 5))
    torch.testing.assert_close(out, torch.ones(1, 1, 3, 3), atol=1e-4, rtol=0)
