import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models.layers import RankScorer


def test_scores_match_a_loop():
    torch.manual_seed(0)
    scorer, x = RankScorer(2, grid=2, channels=5), torch.randn(3, 2, 4, 6, 6)
    scores = scorer(x)
    for n in range(3):
        distances = []
        for t in range(4):
            difference = torch.nn.functional.avg_pool2d(x[n, :, t] - x[n, :, 0], 3)
            distances.append(scorer.projection(difference.flatten()).norm())
        distances = torch.stack(distances)
        torch.testing.assert_close(scores[n], distances / distances.square().mean().sqrt(), atol=1e-5, rtol=1e-4)


def test_a_steady_change_is_ordered_whatever_its_direction():
    steady = torch.randn(4, 1, 1, 16, 16) + torch.linspace(0, 1, 8).view(1, 1, 8, 1, 1) * torch.randn(4, 1, 1, 16, 16)
    assert (RankScorer(1)(steady).diff(dim=1) > 0).all()


def test_noise_is_not_ordered():
    torch.manual_seed(0)
    scores = RankScorer(1)(torch.randn(64, 1, 8, 16, 16))
    share = (scores[:, 2:] > scores[:, 1:2]).float().mean()
    assert 0.4 < share < 0.6


def test_scale_and_offset_of_the_features_do_not_matter():
    scorer, x = RankScorer(1), torch.randn(2, 1, 6, 16, 16)
    torch.testing.assert_close(scorer(5 * x + torch.randn(2, 1, 1, 16, 16)), scorer(x), atol=1e-4, rtol=1e-4)


def test_a_still_clip_has_no_order_and_finite_gradients():
    x = torch.ones(2, 1, 4, 16, 16, requires_grad=True)
    scores = RankScorer(1)(x)
    assert torch.equal(scores, torch.ones(2, 4))
    scores.sum().backward()
    assert torch.isfinite(x.grad).all()
