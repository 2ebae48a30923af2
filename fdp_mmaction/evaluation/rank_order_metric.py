"""Whether the rank scorer puts frames in chronological order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric

from fdp_mmaction.functional.rank_pooling import chronological_share
from fdp_mmaction.registry import METRICS


@METRICS.register_module()
class RankOrderMetric(BaseMetric):
    """Share of frame pairs whose rank scores are in chronological order, mean over MEs; 0.5 is chance.

    Data samples need ``pred_rank_scores`` ``(num_clips, T)``; those without, from a model that scores no frames, are
    passed over, and without any there is no metric. Arguments are those of :class:`mmengine.evaluator.BaseMetric`; the
    prefix of the metric names is ``'rank'`` by default.
    """

    default_prefix = 'rank'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Compare the pairs of a batch."""
        for sample in data_samples:
            scores = sample.get('pred_rank_scores')
            self.results.append(None if scores is None else float(chronological_share(scores)))

    def compute_metrics(self, results: list[float | None]) -> dict[str, float]:
        """Mean over all MEs.

        Args:
            results (list[float | None]): What :meth:`process` collected, from all processes.

        Returns:
            dict[str, float]: ``ordered_pairs`` in [0, 1]; empty without scores.
        """
        shares = [share for share in results if share is not None]
        return {'ordered_pairs': sum(shares) / len(shares)} if shares else {}
