import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import LocalRelationalAggregator, MultiHeadConvolution


def test_heads_convolve_their_own_channels():
    block = MultiHeadConvolution(64, head_channels=32).eval()
    grouped = torch.nn.Sequential(*list(block)[:3])
    x = torch.rand(1, 64, 6, 6)
    changed = x.clone()
    changed[:, 32:] += 1                        # the second head's input
    assert torch.equal(grouped(x)[:, :32], grouped(changed)[:, :32])
    assert not torch.equal(block(x)[:, :32], block(changed)[:, :32])     # the pointwise convolution mixes heads


@pytest.mark.parametrize('stride, side', [(1, 7), (2, 4)])
@pytest.mark.parametrize('dense', [False, True])
def test_shapes(stride, side, dense):
    block = LocalRelationalAggregator(16, 32, stride, dense_convolution=dense)
    assert block(torch.rand(2, 16, 7, 7)).shape == (2, 32, side, side)


def test_residuals_pass_the_input_when_branches_are_silent():
    block = LocalRelationalAggregator(32, 32).eval()
    torch.nn.init.zeros_(block.convolution[-1].weight)
    torch.nn.init.zeros_(block.mlp.reduce.weight)
    torch.nn.init.zeros_(block.mlp.reduce.bias)
    x = torch.rand(2, 32, 5, 5)
    assert torch.equal(block(x), x)


def test_indivisible_width_is_refused():
    with pytest.raises(ValueError, match='do not divide a width of 48'):
        MultiHeadConvolution(48, head_channels=32)
