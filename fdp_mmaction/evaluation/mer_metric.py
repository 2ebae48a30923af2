"""The recognition metric: one vote per ME, one confusion matrix."""

from __future__ import annotations

from typing import Any
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from fdp_mmaction.functional.metrics import confusion_matrix, per_class_scores, scores_from_confusion
from fdp_mmaction.registry import METRICS


def average_votes(results: Sequence[dict]) -> list[dict]:
    """Join the predictions of several clips of one ME to one.

    Args:
        results (Sequence[dict]): Predictions with ``sample_id``, ``label``, ``score`` ``(K,)`` and anything
            else, which the first of each ME supplies.

    Returns:
        list[dict]: One per ME in order of first appearance, ``score`` averaged, ``prediction`` added.

    Raises:
        ValueError: If two clips of one ME carry different labels.
    """
    groups: dict[str, list[dict]] = {}
    for result in results:
        groups.setdefault(result['sample_id'], []).append(result)
    votes = []
    for sample_id, group in groups.items():
        if len({result['label'] for result in group}) > 1:
            raise ValueError(f'{sample_id} occurs with different labels: two MEs share one sample_id.')
        score = np.mean([result['score'] for result in group], axis=0)
        votes.append(dict(group[0], score=score, prediction=int(score.argmax())))
    return votes


@METRICS.register_module()
class MERMetric(BaseMetric):
    """ACC, WAR, UAR, WF1 and UF1, per-class F1 and recall, and the confusion matrix.

    Clips of one ME (same ``sample_id``) are averaged first and vote once. Over a single left-out subject
    UF1 and UAR say little, since classes are missing; pool the predictions of all subjects. The last
    evaluation stays in :attr:`predictions` and :attr:`matrix` for reports.

    Needs data samples with ``sample_id``, ``gt_label`` and ``pred_score``.

    Args:
        per_class (bool): Also log F1 and recall of each class. Defaults to True.
        collect_device (str): ``'cpu'`` or ``'gpu'``, how processes exchange results. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the metric names. Defaults to ``'me'``.
    """

    default_prefix = 'me'

    def __init__(self, per_class: bool = True, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.per_class = per_class
        self.predictions: list[dict] = []
        self.matrix: np.ndarray | None = None

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the predictions of a batch."""
        for sample in data_samples:
            self.results.append(dict(
                sample_id=sample['sample_id'],
                dataset=sample.get('dataset', ''),
                subject=sample.get('subject', ''),
                label=int(sample['gt_label']),
                score=sample['pred_score'].float().cpu().numpy(),
            ))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Metrics of all collected predictions.

        Args:
            results (list[dict]): What :meth:`process` collected, from all processes.

        Returns:
            dict[str, float]: Metric name to value in [0, 1].
        """
        self.predictions = average_votes(results)
        classes = (self.dataset_meta or {}).get('classes')
        classes = classes or [str(k) for k in range(len(self.predictions[0]['score']))]
        self.matrix = confusion_matrix([vote['label'] for vote in self.predictions],
                                       [vote['prediction'] for vote in self.predictions], len(classes))
        scores = scores_from_confusion(self.matrix)
        if self.per_class:
            details = per_class_scores(self.matrix)
            for index, name in enumerate(classes):
                scores[f'F1/{name}'] = float(details['f1'][index])
                scores[f'recall/{name}'] = float(details['recall'][index])
        return scores
