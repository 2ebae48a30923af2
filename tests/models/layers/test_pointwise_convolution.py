"""A 1x1 convolution as a matrix product: same values, gradients and memory order."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fdp_mmaction.models.layers.pointwise_convolution import PointwiseConvolution


@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('order', [torch.contiguous_format, torch.channels_last])
def test_same_as_a_convolution(order, bias):
    layer = PointwiseConvolution(6, 4, bias=bias).double()
    plain = nn.Conv2d(6, 4, 1, bias=bias).double()
    plain.load_state_dict(layer.state_dict())
    x = torch.rand(3, 6, 5, 7, dtype=torch.float64).to(memory_format=order)
    results = []
    for convolution in (layer, plain):
        given = x.clone(memory_format=torch.preserve_format).requires_grad_()
        out = convolution(given)
        out.square().sum().backward()
        results.append([out, given.grad, *(weight.grad for weight in convolution.parameters())])
    for found, expected in zip(*results):
        torch.testing.assert_close(found, expected)
    assert results[0][0].is_contiguous(memory_format=order)


def test_is_a_matrix_product_with_channels_last_alone(monkeypatch):
    calls = []
    linear = torch.nn.functional.linear
    monkeypatch.setattr(torch.nn.functional, 'linear', lambda *args: calls.append(args) or linear(*args))
    layer, x = PointwiseConvolution(6, 4), torch.rand(3, 6, 5, 7)
    layer(x)
    assert not calls
    layer(x.to(memory_format=torch.channels_last))
    assert len(calls) == 1
