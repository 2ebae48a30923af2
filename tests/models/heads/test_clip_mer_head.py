import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import ClipMERHead


@pytest.mark.parametrize('maps, width', [(8, 1024), (14, 2560)])
def test_shapes_of_the_published_network(maps, width):
    head = ClipMERHead(5, num_maps=maps)
    assert head.convolution.weight.shape == (32, 128, 2, 2, 5)          # height, width, time
    assert head.classifier[3].weight.shape == (256, width)
    assert head(torch.rand(2, 128, maps, 16, 16)).shape == (2, 5)


def test_kernels_run_over_time():
    head = ClipMERHead(3, in_channels=1, map_size=2, num_maps=3, conv_channels=1, kernel_size=(1, 1, 3),
                       stride=(1, 1, 1), pool=1, hidden_channels=4).eval()
    head.convolution.weight.data = torch.tensor([-1.0, 0, 1]).view(1, 1, 1, 1, 3)
    head.convolution.bias.data.zero_()
    x = torch.randn(2, 1, 3, 2, 2)
    expected = head.classifier((x[:, :, 2] - x[:, :, 0]).unsqueeze(-1))
    torch.testing.assert_close(head(x), expected)
    assert not torch.allclose(head(x.flip(2)), expected)                # order in time matters


def test_loss_and_training():
    head = ClipMERHead(3, in_channels=4, map_size=8)
    losses = head.loss(torch.rand(2, 4, 8, 8, 8), [ActionDataSample().set_gt_label(label) for label in (0, 2)])
    losses['loss_cls'].backward()
    assert all(p.grad is not None for p in head.parameters())


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match='8 maps of a clip and got 14: set num_maps'):
        ClipMERHead(3)(torch.rand(1, 128, 14, 16, 16))
    with pytest.raises(ValueError, match='nothing is left of 5 maps of 16x16'):
        ClipMERHead(3, num_maps=5)
