from __future__ import annotations

import math

import numpy as np
import pytest

from fdp_mmaction.functional.flow_errors import flow_errors


def naive(predicted, target):
    """Pixel by pixel."""
    sums = dict.fromkeys(('EPE', 'above_0.5px', 'above_1px', 'EPE_zero'), 0.0)
    fields = list(zip(predicted.reshape(-1, *predicted.shape[-3:]), target.reshape(-1, *target.shape[-3:])))
    count = 0
    for found, true in fields:
        for y in range(found.shape[1]):
            for x in range(found.shape[2]):
                length = math.sqrt((found[0, y, x] - true[0, y, x]) ** 2 + (found[1, y, x] - true[1, y, x]) ** 2)
                sums['EPE'] += length
                sums['above_0.5px'] += length > 0.5
                sums['above_1px'] += length > 1
                sums['EPE_zero'] += math.sqrt(true[0, y, x] ** 2 + true[1, y, x] ** 2)
                count += 1
    return {name: value / count for name, value in sums.items()}


@pytest.mark.parametrize('shape', [(2, 3, 4), (3, 2, 5, 4), (2, 3, 2, 4, 4)])
def test_against_loops(shape):
    rng = np.random.default_rng(0)
    target = rng.normal(0, 0.6, shape).astype(np.float32)
    predicted = target + rng.normal(0, 0.6, shape).astype(np.float32)
    expected = naive(predicted.astype(float), target.astype(float))
    assert flow_errors(predicted, target) == pytest.approx(expected)
    assert 0.1 < expected['above_1px'] < expected['above_0.5px'] < 1


def test_no_error_and_no_prediction():
    target = np.random.default_rng(1).normal(size=(7, 2, 8, 8)).astype(np.float32)
    perfect, nothing = flow_errors(target, target), flow_errors(np.zeros_like(target), target)
    assert (perfect['EPE'], perfect['above_0.5px'], perfect['above_1px']) == (0, 0, 0)
    assert nothing['EPE'] == nothing['EPE_zero'] == perfect['EPE_zero'] > 1


def test_exactly_on_the_threshold_is_not_above():
    target = np.zeros((2, 2, 2))
    predicted = np.zeros((2, 2, 2))
    predicted[0, 0] = 0.5, 1.0
    errors = flow_errors(predicted, target)
    assert (errors['above_0.5px'], errors['above_1px'], errors['EPE_zero']) == (0.25, 0, 0)


def test_a_single_clip_may_have_an_axis():
    target = np.random.default_rng(1).normal(size=(7, 2, 8, 8))
    assert flow_errors(target[None], target)['EPE'] == 0


@pytest.mark.parametrize('shapes', [((7, 2, 8, 8), (7, 2, 8, 9)), ((7, 2, 8, 8), (6, 2, 8, 8)), ((7, 3, 8, 8),) * 2,
                                    ((8, 8), (8, 8)), ((2, 7, 8, 8), (7, 2, 8, 8))])
def test_shapes_that_do_not_fit(shapes):
    with pytest.raises(ValueError, match='does not fit a true one'):
        flow_errors(*map(np.zeros, shapes))
