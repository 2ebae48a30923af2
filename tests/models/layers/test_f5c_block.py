import mol_naive
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import F5CBlock


def test_matches_a_loop_and_hands_its_options_down():
    torch.manual_seed(0)
    block = F5CBlock(4, 5, fcc=dict(length=7), ccc=dict(num_neighbours=2, centre_twice=True)).eval()
    assert block.fcc.rows_first[0].kernel.shape == (2, 7) and F5CBlock(4, 5).fcc.rows_first[0].kernel.shape == (2, 5)
    x = torch.randn(2, 4, 5, 5)
    expected = torch.stack([mol_naive.block(block, frame) for frame in x])
    torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(('with_fcc', 'with_ccc'), [(True, False), (False, True), (False, False)])
def test_a_part_that_is_left_out_lets_the_maps_pass(with_fcc, with_ccc):
    torch.manual_seed(0)
    block = F5CBlock(4, 5, with_fcc=with_fcc, with_ccc=with_ccc).eval()
    names = {name.split('.')[0] for name, _ in block.named_parameters()}
    assert names == {name for name, there in (('fcc', with_fcc), ('ccc', with_ccc)) if there}
    x = torch.randn(2, 4, 5, 5)
    expected = block.fcc(x) if with_fcc else x + block.ccc(x) if with_ccc else x
    assert torch.equal(block(x), expected) and torch.equal(block(x), x) == (not names)
    torch.testing.assert_close(block(x), torch.stack([mol_naive.block(block, frame) for frame in x]), atol=1e-5,
                               rtol=1e-5)


def test_both_convolutions_are_residual():
    block = F5CBlock(4, 5).eval()
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.rand(2, 4, 5, 5)
    assert torch.equal(block(x), x)
