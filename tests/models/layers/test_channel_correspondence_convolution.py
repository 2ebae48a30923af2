import mol_naive
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import ChannelCorrespondenceConvolution


@pytest.mark.parametrize('centre_twice', [False, True])
@pytest.mark.parametrize('graph', ['channels', 'positions'])
@pytest.mark.parametrize('neighbours', [1, 3])
def test_matches_a_loop(neighbours, graph, centre_twice):
    torch.manual_seed(0)
    ccc = ChannelCorrespondenceConvolution(12, neighbours, graph, centre_twice)
    x = torch.randn(2, 5, 3, 4)
    expected = torch.stack([mol_naive.channel_correspondence_convolution(ccc, frame) for frame in x])
    torch.testing.assert_close(ccc(x), expected, atol=1e-5, rtol=1e-5)


def groups():
    """Channels 0 and 1 alike, 2 and 3 alike."""
    torch.manual_seed(0)
    x = torch.randn(1, 2, 3, 3).repeat_interleave(2, dim=1)
    return x + 0.01 * torch.randn(1, 4, 3, 3)


def changes(graph):
    """Which channels of the output see a small change of channel 1."""
    ccc, x = ChannelCorrespondenceConvolution(9, 2, graph), groups()
    changed = x.clone()
    changed[:, 1] += 0.01 * torch.randn(3, 3)
    return ((ccc(changed) - ccc(x)).abs().amax(dim=(0, 2, 3)) > 1e-6).tolist()


def test_patterns_see_similar_patterns():
    """The paper's graph joins channels; the released one compares positions, and each channel stays by itself."""
    assert changes('channels') == [True, True, False, False]
    assert changes('positions') == [False, True, False, False]


def test_alone_a_node_has_its_own_edge():
    ccc, x = ChannelCorrespondenceConvolution(4, num_neighbours=1), torch.randn(2, 3, 2, 2)
    bias = ccc.centre.bias + ccc.difference.bias
    expected = torch.relu(x.flatten(2) @ ccc.centre.weight.T + bias).view(x.shape)
    torch.testing.assert_close(ccc(x), expected, atol=1e-5, rtol=1e-5)


def test_gradients_reach_everything():
    ccc, x = ChannelCorrespondenceConvolution(9), torch.randn(2, 6, 3, 3, requires_grad=True)
    ccc(x).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in [x, *ccc.parameters()])


@pytest.mark.parametrize('graph', ['channels', 'positions'])
def test_half_precision(graph):
    torch.manual_seed(0)
    ccc, x = ChannelCorrespondenceConvolution(16, graph=graph), torch.randn(2, 8, 4, 4)
    half = x.bfloat16()
    expected, expected_of_half = ccc(x), ccc(half.float())      # rounding the input may choose other neighbours
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = ccc(x)
    result = ccc.bfloat16()(half)
    assert result.dtype == torch.bfloat16
    assert (mixed.float() - expected).norm() < 0.01 * expected.norm()
    assert (result.float() - expected_of_half).norm() < 0.01 * expected.norm()


def test_unknown_graph():
    with pytest.raises(ValueError, match='channels or positions'):
        ChannelCorrespondenceConvolution(9, graph='frames')
