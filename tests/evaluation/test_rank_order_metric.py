from __future__ import annotations

import pytest
import torch

from fdp_mmaction.evaluation import RankOrderMetric


def test_mean_share_of_ordered_pairs() -> None:
    metric = RankOrderMetric()
    metric.process({}, [dict(pred_rank_scores=torch.tensor([row])) for row in ([0.0, 1, 2, 3], [2.0, 1, 0, 3])])
    metric.process({}, [dict(pred_rank_scores=torch.tensor([[1.0, 2], [2, 1]])), dict()])
    assert metric.evaluate(4) == {'rank/ordered_pairs': pytest.approx((1 + 0.5 + 0.5) / 3)}


def test_no_scores_no_metric() -> None:
    metric = RankOrderMetric()
    metric.process({}, [dict(), dict()])
    assert metric.evaluate(2) == {}
