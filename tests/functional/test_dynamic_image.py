import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fdp_mmaction.functional.dynamic_image import (dynamic_image, projected_rank_scores, rank_pooling_weights,
                                                   rescale_dynamic_image, weights_on_frames)

LENGTHS = st.integers(2, 40)


def running_means(frames):
    """V_t, the mean of the frames up to t, by the definition."""
    return [sum(frames[:t]) / t for t in range(1, len(frames) + 1)]


def gradient_step(sequence):
    """Minus the gradient at u = 0 of sum_{i < j} max(0, 1 - <u, V_j - V_i>), where every pair is active."""
    total = 0
    for later in range(len(sequence)):
        for earlier in range(later):
            total = total + sequence[later] - sequence[earlier]
    return total


@settings(max_examples=15, deadline=None)
@given(LENGTHS, st.booleans())
def test_weights_are_those_of_one_gradient_step(num_frames, smooth):
    """Frame t as the t-th unit vector: what comes out of the step is the weight of each frame."""
    frames = list(np.eye(num_frames))
    step = gradient_step(running_means(frames) if smooth else frames)
    np.testing.assert_allclose(rank_pooling_weights(num_frames, smooth), step, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(LENGTHS)
def test_simple_weights_count_the_earlier_less_the_later_frames(num_frames):
    counts = [sum(j < t for j in range(num_frames)) - sum(j > t for j in range(num_frames)) for t in range(num_frames)]
    assert rank_pooling_weights(num_frames, smooth=False).tolist() == counts


def test_gradient_step_is_autograds():
    frames = torch.rand(6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    means = torch.stack(running_means(list(frames)))
    u = torch.zeros(7, dtype=torch.float64, requires_grad=True)
    scores = means @ u
    sum(torch.relu(1 - (scores[j] - scores[i])) for j in range(6) for i in range(j)).backward()
    torch.testing.assert_close(-u.grad, dynamic_image(frames))


def test_weights_on_frames_pool_the_same():
    rng = np.random.default_rng(0)
    frames, weights = rng.random((7, 3, 4)), rng.normal(size=7)
    expected = sum(weight * mean for weight, mean in zip(weights, running_means(list(frames))))
    np.testing.assert_allclose(np.tensordot(weights_on_frames(weights), frames, axes=1), expected, atol=1e-12)


SHAPES = [((6, 5, 4), 0), ((2, 5, 4, 3), 0), ((2, 1, 8, 5, 4), 2), ((2, 3, 7, 5, 4), 2), ((2, 3, 5, 4, 9), -1)]


@pytest.mark.parametrize(('shape', 'dim'), SHAPES)
@pytest.mark.parametrize('smooth', [False, True])
def test_numpy_and_torch_agree(shape, dim, smooth):
    frames = np.random.default_rng(1).random(shape)
    ours = dynamic_image(torch.from_numpy(frames), smooth, dim)
    theirs = dynamic_image(frames, smooth, dim)
    assert ours.dtype == torch.float64
    assert tuple(ours.shape) == theirs.shape == tuple(np.delete(shape, dim))
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-12)
    moved = np.moveaxis(frames, dim, 0)
    step = gradient_step(running_means(list(moved)) if smooth else list(moved))
    np.testing.assert_allclose(theirs, step, atol=1e-9)
    single = dynamic_image(torch.from_numpy(frames).float(), smooth, dim)
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), theirs, atol=1e-4)


def test_integers_become_floats():
    frames = np.random.default_rng(2).integers(0, 256, (9, 4, 4, 3), dtype=np.uint8)
    image = dynamic_image(torch.from_numpy(frames))
    assert image.dtype == torch.float32
    np.testing.assert_allclose(image.numpy(), dynamic_image(frames), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize('smooth', [False, True])
def test_gradients(smooth):
    frames = torch.rand(2, 1, 5, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: dynamic_image(x, smooth, 2), frames)
    assert torch.autograd.gradcheck(lambda x: rescale_dynamic_image(dynamic_image(x, smooth, 2), (-2, -1)), frames)


def test_stays_on_its_device():
    """What is made on the way is made beside the frames, not on the default device."""
    frames = torch.rand(2, 3, 8, 16, 16)
    expected = rescale_dynamic_image(dynamic_image(frames, dim=2), (-3, -2, -1))
    with torch.device('meta'):
        image = rescale_dynamic_image(dynamic_image(frames, dim=2), (-3, -2, -1))
    torch.testing.assert_close(image, expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_on_a_gpu():
    frames = torch.rand(2, 3, 8, 16, 16, dtype=torch.float64)
    image = rescale_dynamic_image(dynamic_image(frames.cuda(), dim=2), (-3, -2, -1))
    assert image.is_cuda
    torch.testing.assert_close(image.cpu(), rescale_dynamic_image(dynamic_image(frames, dim=2), (-3, -2, -1)))


@pytest.mark.parametrize('dim', [None, (-2, -1), (-3, -2, -1)])
def test_each_image_is_stretched_by_itself(dim):
    image = np.random.default_rng(3).normal(size=(2, 3, 5, 4))
    image[0] *= 100
    image[1, 2] = 7      # constant
    ours, theirs = rescale_dynamic_image(torch.from_numpy(image), dim), rescale_dynamic_image(image, dim)
    assert theirs.dtype == np.float32
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-6)
    axes = dim or (0, 1, 2, 3)
    spans = theirs.max(axes) - theirs.min(axes)
    assert spans.ravel().tolist() == ([1, 1, 1, 1, 1, 0] if dim == (-2, -1) else [1] * spans.size)
    if dim == (-2, -1):
        assert not theirs[1, 2].any()


def test_a_still_clip_has_no_gradient_trouble():
    frames = torch.ones(4, 3, 3, requires_grad=True)
    rescale_dynamic_image(dynamic_image(frames)).sum().backward()
    assert torch.isfinite(frames.grad).all()


@pytest.mark.parametrize('smooth', [False, True])
def test_projected_scores(smooth):
    rng = np.random.default_rng(4)
    frames, image = rng.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8), rng.normal(size=(5, 4, 3))
    sequence = running_means(list(frames.astype(float))) if smooth else list(frames.astype(float))
    expected = [(image * (entry - sequence[0])).sum() for entry in sequence]
    np.testing.assert_allclose(projected_rank_scores(frames, image, smooth), expected, atol=1e-6)


def test_the_page_about_it_runs():
    page = (Path(__file__).resolve().parents[2] / 'docs/dynamic_images.md').read_text(encoding='utf-8')
    scope = {}
    exec(re.search(r'```python\n(.*?)```', page, re.DOTALL)[1], scope)
    assert scope['image'].shape == (4, 3, 64, 64) and scope['direction'].shape == (64, 64)
