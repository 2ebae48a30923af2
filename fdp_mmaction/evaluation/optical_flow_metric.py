"""How well optical flow is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from fdp_mmaction.functional.flow_errors import flow_errors
from fdp_mmaction.registry import METRICS


@METRICS.register_module()
class OpticalFlowMetric(BaseMetric):
    """Endpoint error of the estimated flow in pixels, mean over MEs; see
    :func:`~fdp_mmaction.functional.flow_errors.flow_errors`.

    A prediction that is worth something has an ``EPE`` below ``EPE_zero``, which is that of no motion at all. Samples
    without the prediction, from a model that estimates no flow, are passed over, and without any there is no metric.

    Data samples need ``sample_id`` and both flows, ``(T - 1, 2, H, W)`` or ``(num_clips, T - 1, 2, H, W)``; all clips
    of an ME count as one. Only four numbers per ME are kept.

    Args:
        predicted (str): What is measured. Another target, ``'gt_flow'`` against ``'gt_exact_flow'``, tells how good
            the target itself is. Defaults to ``'pred_flow'``.
        target (str): What it is compared with: ``'gt_flow'``, or ``'gt_exact_flow'`` of synthetic clips. Defaults to
            ``'gt_flow'``.
        collect_device (str): ``'cpu'`` or ``'gpu'``, how processes exchange results. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the metric names. Defaults to ``'flow'``.
    """

    default_prefix = 'flow'

    def __init__(self, predicted: str = 'pred_flow', target: str = 'gt_flow', collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.predicted = predicted
        self.target = target

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the flow of a batch.

        Raises:
            ValueError: If a sample has a prediction and no target, or their shapes do not fit.
        """
        for sample in data_samples:
            predicted, target = sample.get(self.predicted), sample.get(self.target)
            if predicted is None:
                self.results.append(None)
                continue
            if target is None:
                raise ValueError(f'{sample["sample_id"]} has {self.predicted} but no {self.target}: put FlowTarget '
                                 'into the test pipeline, or leave OpticalFlowMetric out.')
            self.results.append(flow_errors(predicted.float().cpu().numpy(), target.float().cpu().numpy()))

    def compute_metrics(self, results: list[dict[str, float] | None]) -> dict[str, float]:
        """Mean over all MEs.

        Args:
            results (list[dict | None]): What :meth:`process` collected, from all processes.

        Returns:
            dict[str, float]: ``EPE`` and ``EPE_zero`` in pixels, ``above_0.5px`` and ``above_1px`` in [0, 1]; empty
            without predictions.
        """
        measured = [result for result in results if result is not None]
        return {name: float(np.mean([result[name] for result in measured])) for name in (measured or [{}])[0]}
