import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.functional.rank_pooling import rank_pooling_weights
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
    torch.testing.assert_close(RankPooling(1, mode='approximate', smooth=smooth)(x)[0], expected)


@pytest.mark.parametrize('smooth', [False, True])
def test_learned_mode_with_ordered_scores_is_the_approximate_one(smooth):
    neck = RankPooling(1, mode='learned', smooth=smooth, temperature=1e-4)
    neck.scores = lambda sequence: torch.arange(6.0).expand(len(sequence), 6)
    x = torch.rand(2, 1, 6, 8, 8)
    torch.testing.assert_close(neck(x)[0], RankPooling(1, mode='approximate', smooth=smooth)(x)[0])


def test_a_still_clip_pools_to_nothing():
    x = torch.rand(2, 1, 1, 8, 8).expand(2, 1, 8, 8, 8)
    for mode in ('learned', 'approximate'):
        assert RankPooling(1, mode=mode)(x)[0].abs().max() < 1e-5


def test_the_scorer_learns_the_order():
    torch.manual_seed(0)
    neck = RankPooling(1, loss_weight=1.0)
    clips = torch.rand(16, 1, 1, 16, 16) + torch.linspace(0, 1, 8).view(1, 1, 8, 1, 1)
    optimizer = torch.optim.Adam(neck.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        loss = neck(clips, data_samples=[None])[1]['loss_rank']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_gradients_reach_scorer_and_features():
    neck = RankPooling(1, out_channels=2)
    x = torch.rand(2, 1, 4, 16, 16, requires_grad=True)
    neck(x)[0].square().sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(p.grad.abs().sum() > 0 for name, p in neck.named_parameters() if name != 'scorer.4.bias')


def test_unknown_mode():
    with pytest.raises(ValueError, match='learned, approximate, mean'):
        RankPooling(mode='median')
