import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fdp_mmaction.functional.rank_pooling import (chronological_share, dynamic_image, dynamic_image_uint8,
                                                  learned_rank_pooling, learned_rank_weights, pairwise_rank_loss,
                                                  rank_pooling_weights, rescale_dynamic_image, running_mean)


def pair_sum(sequence):
    """The definition of approximate rank pooling: one gradient step is the sum of later minus earlier."""
    total = np.zeros(sequence.shape[1:])
    for later in range(len(sequence)):
        for earlier in range(later):
            total += sequence[later] - sequence[earlier]
    return total


@pytest.mark.parametrize('num_frames', [2, 3, 8, 13])
@pytest.mark.parametrize('smooth', [False, True])
def test_dynamic_image_is_the_sum_over_all_pairs(num_frames, smooth):
    frames = np.random.default_rng(num_frames).random((num_frames, 5, 4))
    sequence = frames
    if smooth:
        sequence = np.stack([frames[:t].mean(axis=0) for t in range(1, num_frames + 1)])
    np.testing.assert_allclose(dynamic_image(frames, smooth), pair_sum(sequence), atol=1e-10)


@pytest.mark.parametrize('smooth', [False, True])
def test_weights_sum_to_zero_so_that_a_still_clip_gives_nothing(smooth):
    assert abs(rank_pooling_weights(9, smooth).sum()) < 1e-12
    still = np.full((9, 3, 3), 200, dtype=np.uint8)
    assert np.abs(dynamic_image(still, smooth)).max() < 1e-9
    assert not rescale_dynamic_image(dynamic_image(still, smooth)).any()
    assert not dynamic_image_uint8(still, smooth).any()


def test_closed_form_of_the_smoothed_weights():
    # Bilen et al. 2016: 2 (T - t + 1) - (T + 1) (H_T - H_{t-1}), H the harmonic numbers
    T = 8
    harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, T + 1))])
    expected = [2 * (T - t + 1) - (T + 1) * (harmonic[T] - harmonic[t - 1]) for t in range(1, T + 1)]
    np.testing.assert_allclose(rank_pooling_weights(T), expected, atol=1e-12)


def test_no_frames_is_an_error():
    with pytest.raises(ValueError, match='at least one frame'):
        rank_pooling_weights(0)


def test_dynamic_image_agrees_with_reference_numbers():
    golden = np.load('tests/data/dynamic_image_golden.npz')
    for num_frames in (8, 13):
        frames = golden[f'di_in_T{num_frames}'].astype(np.float32) / np.float32(255)
        np.testing.assert_allclose(rank_pooling_weights(num_frames), golden[f'di_weights_T{num_frames}'], atol=1e-12)
        np.testing.assert_allclose(dynamic_image(frames), golden[f'di_raw_T{num_frames}'], atol=1e-12)
        assert np.array_equal(dynamic_image_uint8(frames), golden[f'di_out_T{num_frames}'])


def test_rescale_spans_zero_to_one():
    image = rescale_dynamic_image(np.array([[-3.0, 1.0], [5.0, 2.0]]))
    assert image.dtype == np.float32 and image.min() == 0 and image.max() == 1
    assert image[0, 1] == pytest.approx(0.5)


def test_running_mean_matches_a_loop():
    x = torch.rand(2, 3, 6, 4, dtype=torch.float64)
    expected = torch.stack([x[:, :, :t].mean(dim=2) for t in range(1, 7)], dim=2)
    torch.testing.assert_close(running_mean(x, dim=2), expected)


def test_learned_weights_become_the_simple_ones_in_the_limit():
    scores = torch.tensor([[0.1, 0.4, 0.5, 2.0, 2.2]], dtype=torch.float64)
    weights = learned_rank_weights(scores, temperature=1e-4)
    torch.testing.assert_close(weights[0], torch.from_numpy(rank_pooling_weights(5, smooth=False)))
    reversed_weights = learned_rank_weights(scores.flip(1), temperature=1e-4)
    torch.testing.assert_close(reversed_weights, -weights)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(0, 2 ** 31), st.booleans())
def test_learned_pooling_of_ordered_scores_becomes_the_dynamic_image(num_frames, seed, smooth):
    rng = np.random.default_rng(seed)
    scores = torch.from_numpy(np.cumsum(rng.uniform(0.01, 2, (1, num_frames)), axis=1))
    torch.testing.assert_close(learned_rank_weights(scores, 1e-4)[0],      # exactly: tanh(100) is 1
                               torch.from_numpy(rank_pooling_weights(num_frames, smooth=False)), rtol=0, atol=0)
    frames = torch.from_numpy(rng.random((1, 3, num_frames, 4)))
    torch.testing.assert_close(learned_rank_pooling(frames, scores, 1e-4, dim=2, smooth=smooth),
                               dynamic_image(frames, smooth, dim=2))


@pytest.mark.parametrize('num_frames', [2, 5])
@pytest.mark.parametrize('smooth', [False, True])
def test_learned_pooling_matches_a_loop_and_has_gradients(num_frames, smooth):
    frames = torch.rand(2, num_frames, 2, 3, dtype=torch.float64, requires_grad=True)
    scores = torch.randn(2, num_frames, dtype=torch.float64, requires_grad=True)
    pooled = learned_rank_pooling(frames, scores, 0.7, smooth=smooth)
    for n in range(2):
        sequence = [frames[n, :t + 1].mean(dim=0) if smooth else frames[n, t] for t in range(num_frames)]
        expected = sum(sum(torch.tanh((scores[n, t] - scores[n, j]) / 0.7) for j in range(num_frames)) * sequence[t]
                       for t in range(num_frames))
        torch.testing.assert_close(pooled[n], expected)
    assert torch.autograd.gradcheck(lambda x, s: learned_rank_pooling(x, s, 0.7, smooth=smooth), (frames, scores))


def test_learned_weights_match_a_loop_and_have_gradients():
    scores = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    weights = learned_rank_weights(scores, 0.7)
    for n in range(2):
        for t in range(5):
            expected = sum(torch.tanh((scores[n, t] - scores[n, j]) / 0.7) for j in range(5))
            torch.testing.assert_close(weights[n, t], expected)
    assert torch.autograd.gradcheck(lambda s: learned_rank_weights(s, 0.7), scores)


def test_rank_loss_matches_a_loop_and_has_gradients():
    scores = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    pairs = [torch.relu(0.5 - (scores[:, j] - scores[:, i])) for j in range(4) for i in range(j)]
    torch.testing.assert_close(pairwise_rank_loss(scores, 0.5), torch.stack(pairs).mean())
    assert torch.autograd.gradcheck(lambda s: pairwise_rank_loss(s, 0.5), scores)


def test_rank_loss_vanishes_for_ordered_scores_only():
    ordered = torch.arange(6.0)[None]
    assert pairwise_rank_loss(ordered).item() == 0
    assert pairwise_rank_loss(ordered.flip(1)).item() > 1
    with pytest.raises(ValueError, match='at least two frames'):
        pairwise_rank_loss(torch.zeros(1, 1))


def test_chronological_share():
    assert chronological_share(torch.tensor([[0.0, 1.0, 2.0]])) == 1
    assert chronological_share(torch.tensor([[0.0, 2.0, 1.0]])) == pytest.approx(2 / 3)
