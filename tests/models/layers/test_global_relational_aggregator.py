import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import GlobalRelationalAggregator, PooledSelfAttention


def naive_attention(layer, x):
    """Softmax attention, position by position and head by head."""
    n, c, h, w = x.shape
    width = c // layer.num_heads
    context = torch.nn.functional.avg_pool2d(x, layer.pool) if layer.pool > 1 else x
    query = layer.query(x).flatten(2)                                   # (N, C, HW)
    key, value = layer.key_value(context).flatten(2).chunk(2, dim=1)
    out = torch.zeros_like(query)
    for sample in range(n):
        for head in range(layer.num_heads):
            rows = slice(head * width, (head + 1) * width)
            for position in range(h * w):
                logits = query[sample, rows, position] @ key[sample, rows] / width ** 0.5
                out[sample, rows, position] = value[sample, rows] @ logits.softmax(dim=0)
    return layer.output(out.view(n, c, h, w))


@pytest.mark.parametrize('pool', [1, 2])
def test_attention_matches_a_loop(pool):
    torch.manual_seed(0)
    layer, x = PooledSelfAttention(16, head_channels=8, pool=pool), torch.randn(2, 16, 4, 4)
    torch.testing.assert_close(layer(x), naive_attention(layer, x), atol=1e-5, rtol=1e-4)


def test_receptive_field_is_global():
    block = GlobalRelationalAggregator(32, 128, pool=2).eval()
    x = torch.rand(1, 32, 8, 8)
    changed = x.clone()
    changed[..., 0, 0] += 1
    assert (block(changed) - block(x)).abs()[0, :, 7, 7].max() > 0


@pytest.mark.parametrize('stride, side', [(1, 7), (2, 4)])
def test_shapes(stride, side):
    assert GlobalRelationalAggregator(16, 128, stride)(torch.rand(2, 16, 7, 7)).shape == (2, 128, side, side)


def test_too_narrow_a_block_is_refused():
    with pytest.raises(ValueError, match='no channel for the local part'):
        GlobalRelationalAggregator(16, 32, head_channels=32)


def test_gradients_in_mixed_precision():
    torch.manual_seed(0)
    layer, x = PooledSelfAttention(16, head_channels=8, pool=2), torch.randn(2, 16, 8, 8)
    grads = []
    for half in (False, True):
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=half):
            out = layer(x)
        assert out.dtype == (torch.bfloat16 if half else torch.float32)
        grads.append(torch.autograd.grad(out.float().square().sum(), list(layer.parameters())))
    for half, whole in zip(grads[1], grads[0]):
        assert (half - whole).norm() <= 0.03 * whole.norm() + 0.05   # exactly, the key's bias has none
