from __future__ import annotations

import math

import pytest
import torch

from fdp_mmaction.functional.normalised_mean_error import normalised_mean_error


def naive(predicted, truth, between):
    """Face by face and point by point."""
    errors = []
    for found, true in zip(predicted.reshape(-1, 68, 2).tolist(), truth.reshape(-1, 68, 2).tolist()):
        if between == 'corners':
            one, other = true[36], true[45]
        else:
            one, other = ([sum(true[index][k] for index in eye) / 6 for k in (0, 1)]
                          for eye in (range(36, 42), range(42, 48)))
        total = sum(math.dist(a, b) for a, b in zip(found, true))
        errors.append(total / 68 / math.dist(one, other))
    return errors


@pytest.mark.parametrize('between', ['pupils', 'corners'])
@pytest.mark.parametrize('shape', [(), (3,), (2, 3)])
def test_against_loops(shape, between):
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(*shape, 68, 2, generator=generator, dtype=torch.float64) * 128
    truth[..., 42:48, 0] += 40
    predicted = truth + torch.randn(truth.shape, generator=generator, dtype=torch.float64) * 3
    errors = normalised_mean_error(predicted, truth, between)
    assert errors.shape == shape
    assert errors.reshape(-1).tolist() == pytest.approx(naive(predicted, truth, between))


def test_size_and_place_of_the_face_do_not_matter():
    truth = torch.rand(68, 2, dtype=torch.float64) * 100
    predicted = truth + torch.randn(68, 2, dtype=torch.float64)
    once, twice = (normalised_mean_error(predicted * scale + 7, truth * scale + 7) for scale in (1, 2))
    torch.testing.assert_close(once, twice)
    assert normalised_mean_error(truth, truth) == 0


def test_wrong_use():
    with pytest.raises(ValueError, match="pupils or of the corners; got 'nose'"):
        normalised_mean_error(torch.zeros(68, 2), torch.zeros(68, 2), 'nose')
    for shapes in (((68, 2), (1, 68, 2)), ((5, 2), (5, 2)), ((136,), (136,))):
        with pytest.raises(ValueError, match='do not fit true ones'):
            normalised_mean_error(*map(torch.zeros, shapes))
