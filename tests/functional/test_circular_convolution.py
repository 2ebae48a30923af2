import pytest
import torch
import torch.nn.functional as F

from fdp_mmaction.functional.circular_convolution import circulant, circular_convolution


def naive(x, kernel, dim):
    out, n = torch.zeros_like(x), x.size(dim)
    for i in range(n):
        for j in range(n):
            out.select(dim, i).add_(kernel[:, j].view(1, -1, 1) * x.select(dim, (i + j) % n))
    return out


@pytest.mark.parametrize('dim', [2, 3])
@pytest.mark.parametrize('shape', [(1, 1, 1, 1), (2, 3, 4, 7), (1, 5, 6, 2)])
def test_matches_a_loop(shape, dim):
    torch.manual_seed(0)
    x, kernel = torch.randn(shape), torch.randn(shape[1], shape[dim])
    torch.testing.assert_close(circular_convolution(x, kernel, dim), naive(x, kernel, dim), atol=1e-5, rtol=1e-5)


def test_is_a_depth_wise_convolution_of_the_wrapped_map():
    x, kernel = torch.randn(2, 3, 8, 6), torch.randn(3, 8)
    wrapped = torch.cat((x, x[:, :, :-1]), dim=2)
    expected = F.conv2d(wrapped, kernel[:, None, :, None], groups=3)
    torch.testing.assert_close(circular_convolution(x, kernel, 2), expected, atol=1e-5, rtol=1e-5)


def test_the_matrix_has_the_kernel_on_its_diagonals():
    assert circulant(torch.tensor([[1, 2, 3]])).tolist() == [[[1, 2, 3], [3, 1, 2], [2, 3, 1]]]


def test_gradients():
    x = torch.randn(2, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    kernel = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, kernel: circular_convolution(x, kernel, 3), (x, kernel))


@pytest.mark.parametrize('length, dim', [(5, 2), (4, 1), (4, 3)])
def test_kernels_of_another_length_are_refused(length, dim):
    with pytest.raises(ValueError, match='as long as the axis'):
        circular_convolution(torch.rand(1, 2, 4, 6), torch.rand(2, length), dim)
