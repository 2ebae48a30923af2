import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import FlowDecoder

SMALL = dict(level_channels=((6,), (5, 5)), skip_channels=(4, 1), channels=(3, 3, 2))


def inputs():
    torch.manual_seed(0)
    return torch.randn(2, 7, 4, 4), [torch.randn(2, 4, 8, 8), torch.randn(2, 1, 16, 16)]


def test_reaches_full_resolution_and_uses_all_it_is_given():
    decoder, (x, finer) = FlowDecoder(7, **SMALL), inputs()
    for tensor in (x, *finer):
        tensor.requires_grad_()
    flow = decoder(x, finer)
    assert flow.shape == (2, 2, 16, 16)
    flow.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in [x, *finer, *decoder.parameters()])


def test_widths_of_the_published_network():
    decoder = FlowDecoder(729)
    assert [p.in_channels for p in decoder.predictors] == [1024, 1026, 770, 386, 258, 130]
    assert decoder.output.in_channels == 35
    assert [[layer.conv.out_channels for layer in level] for level in decoder.levels] == [
        [256], [512, 512], [512, 512], [1024, 1024]]


def test_coarse_flow_is_enlarged_into_the_finer_one():
    decoder, (x, finer) = FlowDecoder(7, **SMALL).eval(), inputs()
    before = decoder(x, finer)
    torch.nn.init.zeros_(decoder.predictors[0].weight)
    assert not torch.allclose(decoder(x, finer), before)


def test_steps_down_and_up_must_match():
    with pytest.raises(ValueError, match='2 levels that joins 2 finer maps enlarges 3 times; channels lists 2'):
        FlowDecoder(7, **{**SMALL, 'channels': (3, 3)})
