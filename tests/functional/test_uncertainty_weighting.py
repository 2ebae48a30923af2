import math

import pytest
import torch

from fdp_mmaction.functional.uncertainty_weighting import uncertainty_weighted


def scalars(*values):
    return [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]


def test_the_formula():
    total = uncertainty_weighted(scalars(2.0, 0.5, 7.0), scalars(0.0, -1.0, 2.0))
    expected = 2.0 + (0.5 * math.e - 1.0) + (7.0 * math.exp(-2.0) + 2.0)
    assert total.shape == () and total.item() == pytest.approx(expected, rel=1e-12)


def test_no_uncertainty_is_the_plain_sum():
    assert uncertainty_weighted(scalars(2.0, 0.5), scalars(0.0, 0.0)).item() == 2.5


def test_gradients_are_the_weights_and_what_moves_them():
    losses, log_variances = scalars(2.0, 0.5), scalars(1.0, -0.5)
    uncertainty_weighted(losses, log_variances).backward()
    for loss, s in zip(losses, log_variances):
        assert loss.grad.item() == pytest.approx(math.exp(-s.item()), rel=1e-12)
        assert s.grad.item() == pytest.approx(1 - math.exp(-s.item()) * loss.item(), rel=1e-12)


def test_the_best_variance_weighs_a_loss_with_its_inverse():
    losses, log_variances = [torch.tensor(3.0), torch.tensor(0.01)], scalars(0.0, 0.0)
    optimizer = torch.optim.Adam(log_variances, lr=0.1)
    for _ in range(250):
        optimizer.zero_grad()
        uncertainty_weighted(losses, log_variances).backward()
        optimizer.step()
    assert [(-s).exp().item() for s in log_variances] == pytest.approx([1 / 3, 100], rel=1e-2)


@pytest.mark.parametrize(('losses', 'log_variances'), [((1.0,), (0.0, 0.0)), ((), ())])
def test_one_variance_for_every_loss(losses, log_variances):
    with pytest.raises(ValueError, match=f'{len(losses)} losses cannot be weighted by {len(log_variances)} log'):
        uncertainty_weighted(scalars(*losses), scalars(*log_variances))
