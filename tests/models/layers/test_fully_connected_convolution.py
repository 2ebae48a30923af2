import mol_naive
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import FullyConnectedConvolution, GlobalCircularConvolution


@pytest.mark.parametrize('feed_forward', [True, False])
@pytest.mark.parametrize('length', [6, 9])
def test_matches_a_loop(length, feed_forward):
    torch.manual_seed(0)
    fcc = FullyConnectedConvolution(4, length, feed_forward=feed_forward).eval()
    for parameter in fcc.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    x = torch.randn(2, 4, 6, 5)
    expected = torch.stack([mol_naive.fully_connected_convolution(fcc, frame) for frame in x])
    torch.testing.assert_close(fcc(x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('dim', [2, 3])
def test_one_pass_sees_its_line_and_the_place_on_it(dim):
    layer = GlobalCircularConvolution(1, dim, 6).eval()
    x = torch.zeros(1, 1, 6, 6)
    changed = x.clone()
    changed[0, 0, 2, 3] = 1
    touched = (layer(changed) - layer(x))[0, 0].abs() > 1e-7
    line = touched[:, 3] if dim == 2 else touched[2]
    assert line.all() and touched.sum() == 6
    assert layer(x)[0, 0].std(dim=dim - 2).min() > 0            # by the position embedding
    torch.nn.init.zeros_(layer.position)
    noise = torch.randn(1, 1, 6, 6)
    torch.testing.assert_close(layer(noise.roll(2, dim)), layer(noise).roll(2, dim), atol=1e-5, rtol=1e-5)


def test_the_receptive_field_is_global_in_both_halves():
    fcc = FullyConnectedConvolution(4, 8, feed_forward=False).eval()
    x = torch.rand(1, 4, 8, 8)
    changed = x.clone()
    changed[:, :, 2, 3] += 1
    assert ((fcc(changed) - fcc(x)).abs() > 1e-7).all()


def test_a_feed_forward_network_that_is_not_run_is_kept_but_not_trained():
    fcc = FullyConnectedConvolution(4, 8, feed_forward_channels=2, feed_forward=False)
    fcc(torch.rand(2, 4, 8, 8)).sum().backward()
    silent = {name for name, p in fcc.named_parameters() if p.grad is None}
    assert silent == {name for name, p in fcc.named_parameters() if not p.requires_grad}
    assert silent == {f'feed_forward.{layer}.{kind}' for layer in (0, 1, 3) for kind in ('weight', 'bias')}
    assert fcc.feed_forward[1].weight.shape == (2, 4, 1, 1)
    with_it = FullyConnectedConvolution(4, 8)
    with_it(torch.rand(2, 4, 8, 8)).square().sum().backward()
    assert all(p.grad is not None for p in with_it.parameters())


def test_cut_off_kernels_and_what_does_not_fit():
    fcc = FullyConnectedConvolution(4, 10).eval()
    kernel = fcc.rows_first[0].kernel
    fcc(torch.rand(1, 4, 6, 6)).sum().backward()
    assert kernel.grad[:, :6].abs().min() > 0 and kernel.grad[:, 6:].abs().max() == 0
    with pytest.raises(ValueError, match='10 values cannot run along 12 positions'):
        fcc(torch.rand(1, 4, 12, 10))
    with pytest.raises(ValueError, match='5 is odd'):
        FullyConnectedConvolution(5)
