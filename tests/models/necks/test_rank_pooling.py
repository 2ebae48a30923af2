import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.functional.rank_pooling import chronological_share, rank_pooling_weights
from fdp_mmaction.models import RankPooling


@pytest.mark.parametrize('mode', ['learned', 'approximate', 'mean'])
@pytest.mark.parametrize('frames', [2, 8])
def test_shapes_and_losses(mode, frames):
    neck, x = RankPooling(2, out_channels=4, mode=mode), torch.rand(3, 2, frames, 16, 16)
    pooled, losses = neck(x, data_samples=[None] * 3)
    assert pooled.shape == (3, 4, 16, 16)
    assert set(losses) == ({'loss_rank'} if mode == 'learned' else set())
    assert neck(x)[1] == {}


@pytest.mark.parametrize('smooth', [False, True])
def test_approximate_mode_is_the_closed_form(smooth):
    x = torch.rand(2, 1, 7, 4, 4)
    weights = torch.from_numpy(rank_pooling_weights(7, smooth)).float()
    expected = torch.einsum('t,ncthw->nchw', weights, x) / 24       # 24 = sum |2 t - T - 1|
    neck = RankPooling(1, mode='approximate', smooth=smooth, normalise=False)
    torch.testing.assert_close(neck(x)[0], expected)


class Ordered(torch.nn.Module):
    def forward(self, x):
        return torch.arange(float(x.size(2))).expand(len(x), -1)


@pytest.mark.parametrize('smooth', [False, True])
def test_learned_mode_with_ordered_scores_is_the_approximate_one(smooth):
    neck = RankPooling(1, smooth=smooth, temperature=1e-4, normalise=False)
    neck.scorer = Ordered()
    x = torch.rand(2, 1, 6, 8, 8)
    fixed = RankPooling(1, mode='approximate', smooth=smooth, normalise=False)
    torch.testing.assert_close(neck(x)[0], fixed(x)[0])


def test_learned_mode_matches_a_loop():
    neck, x = RankPooling(2, normalise=False), torch.rand(2, 2, 5, 16, 16)
    expected = torch.zeros(2, 2, 16, 16)
    means = [x[:, :, :t].mean(dim=2) for t in range(1, 6)]
    scores = neck.rank_scores(x)
    for n in range(2):
        for t in range(5):
            weight = sum(torch.tanh((scores[n, t] - scores[n, j]) / 0.3) for j in range(5)) / 12
            expected[n] += weight * means[t][n]
    torch.testing.assert_close(neck(x)[0], expected, atol=1e-5, rtol=1e-4)


def test_a_still_clip_pools_to_nothing():
    x = torch.rand(2, 1, 1, 8, 8).expand(2, 1, 8, 8, 8)
    for mode in ('learned', 'approximate'):
        assert RankPooling(1, mode=mode, normalise=False)(x)[0].abs().max() < 1e-5


def test_the_scorer_learns_to_ignore_what_is_not_the_change():
    """Scores of a steady change under strong noise become more chronological on unseen clips."""
    torch.manual_seed(0)

    def clips(count):
        x = 1.5 * torch.randn(count, 1, 8, 16, 16)
        x[..., :4, :4] += torch.linspace(-1, 1, 8).view(1, 1, 8, 1, 1) * torch.randn(count, 1, 1, 1, 1).sign()
        return x

    neck, unseen = RankPooling(1, smooth=False, loss_weight=1.0), clips(64)
    before = chronological_share(neck.rank_scores(unseen)).item()
    optimizer = torch.optim.Adam(neck.parameters(), 1e-2)
    for _ in range(60):
        loss = neck(clips(32), data_samples=[None])[1]['loss_rank']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = chronological_share(neck.rank_scores(unseen)).item()
    assert before < 0.75 and after > 0.85


def test_gradients_reach_scorer_and_features():
    neck = RankPooling(1, out_channels=2)
    x = torch.rand(2, 1, 4, 16, 16, requires_grad=True)
    neck(x)[0].square().sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(p.grad.abs().sum() > 0 for name, p in neck.named_parameters())


def test_unknown_mode():
    with pytest.raises(ValueError, match='learned, approximate, mean, conv3d'):
        RankPooling(mode='median')


# --------------------------------------------------------------------------- the released code's pooling
def naive_convolution(volume, neck):
    """3x3xT convolution of one map per frame: (H, W, T) -> (C_out, H, W), by loops."""
    weight, bias = neck.convolution.weight, neck.convolution.bias
    height, width, frames = volume.shape
    result = torch.zeros(len(weight), height, width)
    for row in range(height):
        for column in range(width):
            total = bias.clone()
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    if 0 <= row + dy < height and 0 <= column + dx < width:
                        for t in range(frames):
                            total = total + weight[:, 0, dy + 1, dx + 1, t] * volume[row + dy, column + dx, t]
            result[:, row, column] = total
    return result


@pytest.mark.parametrize('interleave', [False, True])
def test_convolution_over_time(interleave):
    torch.manual_seed(0)
    neck = RankPooling(1, out_channels=3, mode='conv3d', num_frames=2, interleave=interleave, normalise=False)
    assert [(name, tuple(p.shape)) for name, p in neck.named_parameters()] == [
        ('convolution.weight', (3, 1, 3, 3, 2)), ('convolution.bias', (3,))]
    x = torch.rand(2, 1, 2, 4, 4)
    pooled, losses = neck(x, data_samples=[None])
    assert losses == {}
    for n in range(2):
        volume = torch.zeros(4, 4, 2)
        for t in range(2):
            for row in range(4):
                for column in range(4):
                    if interleave:      # pixel by pixel, time as the fastest axis
                        place = 16 * t + 4 * row + column
                        volume[place // 8, place % 8 // 2, place % 2] = x[n, 0, t, row, column]
                    else:
                        volume[row, column, t] = x[n, 0, t, row, column]
        torch.testing.assert_close(pooled[n], naive_convolution(volume, neck))


def test_convolution_over_time_in_other_shapes():
    neck = RankPooling(2, mode='conv3d', num_frames=4).train()
    pooled, _ = neck(torch.rand(3, 2, 4, 8, 8))
    assert pooled.shape == (3, 2, 8, 8) and pooled.mean().abs() < 1e-5      # normalised
    with pytest.raises(ValueError, match='4 frames and got 5'):
        neck(torch.rand(3, 2, 5, 8, 8))
    with pytest.raises(ValueError, match="not in 'mean'"):
        RankPooling(mode='mean', interleave=True)
