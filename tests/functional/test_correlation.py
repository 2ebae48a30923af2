import mol_naive
import pytest
import torch
from torch import nn

from fdp_mmaction.functional.correlation import correlation, displaced_positions


def brute_force(first, second, max_displacement, step):
    n, channels, height, width = first.shape
    shifts = range(-max_displacement, max_displacement + 1, step)
    out = torch.zeros(n, len(shifts) ** 2, height, width, dtype=first.dtype)
    for sample in range(n):
        for d, (dy, dx) in enumerate((dy, dx) for dy in shifts for dx in shifts):
            for y in range(height):
                for x in range(width):
                    if 0 <= y + dy < height and 0 <= x + dx < width:
                        for c in range(channels):
                            out[sample, d, y, x] += first[sample, c, y, x] * second[sample, c, y + dy, x + dx]
    return out / channels


@pytest.mark.parametrize('shape, max_displacement, step', [
    ((2, 3, 4, 5), 2, 1), ((1, 2, 5, 3), 4, 2), ((1, 1, 1, 1), 2, 2), ((2, 2, 3, 3), 0, 1), ((1, 2, 4, 4), 6, 3)])
def test_matches_brute_force(shape, max_displacement, step):
    torch.manual_seed(0)
    first, second = torch.randn(shape), torch.randn(shape)
    expected = brute_force(first, second, max_displacement, step)
    torch.testing.assert_close(correlation(first, second, max_displacement, step), expected, atol=1e-5, rtol=1e-5)
    naive = torch.stack([mol_naive.correlation(*pair, max_displacement, step) for pair in zip(first, second)])
    torch.testing.assert_close(naive, expected, atol=1e-5, rtol=1e-5)


def test_a_moved_map_fits_best_where_it_moved():
    torch.manual_seed(0)
    first = torch.randn(1, 64, 12, 12)
    volume = correlation(first, first.roll((2, -4), dims=(2, 3)), 4, 2)        # down and to the left
    best = volume[0, :, 4:8, 4:8].argmax(dim=0)
    assert (best == 5 * 3 + 0).all()          # rows -4 -2 0 2 4, columns -4 -2 0 2 4


def test_displaced_positions():
    index = displaced_positions(2, 2, 1, 1)
    assert index.shape == (4, 9)
    assert index[0].tolist() == [4, 4, 4, 4, 0, 1, 4, 2, 3]         # of the upper left position; 4 is outside
    assert index[3].tolist() == [0, 1, 4, 2, 3, 4, 4, 4, 4]


def test_gradients():
    maps = [torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(lambda a, b: correlation(a, b, 2, 1), maps)


class Module(nn.Module):
    def forward(self, first, second):
        return correlation(first, second, 4, 2)


def test_can_be_exported():
    """Without anything read back from the device, for any number of pairs."""
    pytest.importorskip('torch.export')
    maps, others = (tuple(torch.randn(n, 3, 6, 6) for _ in range(2)) for n in (2, 5))
    batch = torch.export.Dim('batch')
    exported = torch.export.export(Module(), maps, dynamic_shapes=({0: batch}, {0: batch}))
    torch.testing.assert_close(exported.module()(*others), Module()(*others))


@pytest.mark.parametrize('shape, max_displacement, step', [((1, 2, 4, 5), 2, 1), ((1, 2, 4, 4), 3, 2),
                                                           ((1, 2, 4, 4), 2, 0)])
def test_what_does_not_fit_is_refused(shape, max_displacement, step):
    with pytest.raises(ValueError, match='takes two maps of one shape'):
        correlation(torch.rand(1, 2, 4, 4), torch.rand(shape), max_displacement, step)
