import pytest
import torch

from fdp_mmaction.models.layers.convolutional_mlp import ConvolutionalMLP, round_channels


@pytest.mark.parametrize('channels, expected', [(288, 288), (20, 32), (47, 64), (96 * 3, 288), (100, 96)])
def test_round_channels(channels, expected):
    assert round_channels(channels) == expected


def test_positions_do_not_mix():
    mlp, x = ConvolutionalMLP(8), torch.rand(1, 8, 3, 3)
    changed = x.clone()
    changed[..., 0, 0] += 1
    difference = (mlp(changed) - mlp(x)).abs().sum(dim=1)[0]
    assert difference[0, 0] > 0 and difference.flatten()[1:].max() == 0
