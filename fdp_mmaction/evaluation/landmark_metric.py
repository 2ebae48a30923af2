"""How well facial landmarks are estimated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from torch import Tensor

from fdp_mmaction.functional.normalised_mean_error import DISTANCES, normalised_mean_error
from fdp_mmaction.registry import METRICS


@METRICS.register_module()
class LandmarkMetric(BaseMetric):
    """Normalised mean error (NME) and failure rate of the estimated landmarks, per frame and per ME.

    The NME of a frame is the mean distance of its 68 points to the true ones, divided by the distance between the
    eyes; a frame fails when that exceeds ``threshold``. An ME has the mean NME of its frames.

    Data samples need ``sample_id``, ``gt_landmarks`` ``(T, 68, 2)``, of several clips ``(num_clips, T, 68, 2)`` or
    ``(num_clips * T, 68, 2)``, and ``pred_landmarks`` ``(t, 68, 2)`` or ``(num_clips, t, 68, 2)``: those of each clip's
    last t frames. Samples without a prediction are passed over, and without any there is no metric. Only three numbers
    per ME are kept.

    Args:
        threshold (float): NME above which a face counts as failed, above 0. Defaults to 0.1.
        between (str): Which distance of the eyes: ``'pupils'`` or ``'corners'``, see
            :func:`~fdp_mmaction.functional.normalised_mean_error.normalised_mean_error`. Defaults to ``'pupils'``.
        collect_device (str): ``'cpu'`` or ``'gpu'``, how processes exchange results. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the metric names. Defaults to ``'landmarks'``.

    Raises:
        ValueError: If ``threshold`` is not above 0 or ``between`` is unknown.
    """

    default_prefix = 'landmarks'

    def __init__(self, threshold: float = 0.1, between: str = 'pupils', collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not threshold > 0 or between not in DISTANCES:
            raise ValueError(f'LandmarkMetric takes a threshold above 0 and the distance of {" or ".join(DISTANCES)}; '
                             f'got {threshold} and {between!r}.')
        self.threshold = threshold
        self.between = between

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the landmarks of a batch.

        Raises:
            ValueError: If a sample has a prediction and no target, or their shapes do not fit.
        """
        for sample in data_samples:
            predicted, truth = sample.get('pred_landmarks'), sample.get('gt_landmarks')
            if predicted is None:
                self.results.append(None)
                continue
            if truth is None:
                raise ValueError(f'{sample["sample_id"]} has pred_landmarks but no gt_landmarks: load them in the test '
                                 'pipeline by LoadPackedFrames(with_landmarks=True), or leave LandmarkMetric out.')
            pair = same_frames(predicted.float(), truth.to(predicted.device).float())
            errors = normalised_mean_error(*pair, self.between).double()
            self.results.append((errors.numel(), float(errors.sum()), int((errors > self.threshold).sum())))

    def compute_metrics(self, results: list[tuple[int, float, int] | None]) -> dict[str, float]:
        """Means over all frames and over all MEs.

        Args:
            results (list[tuple | None]): What :meth:`process` collected, from all processes.

        Returns:
            dict[str, float]: ``NME`` and ``failure_rate`` over frames, ``NME_per_ME`` and ``failure_rate_per_ME`` over
            MEs; shares, not per cent. Empty without predictions.
        """
        measured = [result for result in results if result is not None]
        if not measured:
            return {}
        frames, errors, failures = np.array(measured, dtype=np.float64).T
        per_me = errors / frames
        return {'NME': float(errors.sum() / frames.sum()), 'failure_rate': float(failures.sum() / frames.sum()),
                'NME_per_ME': float(per_me.mean()), 'failure_rate_per_ME': float((per_me > self.threshold).mean())}


def same_frames(predicted: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Bring predicted and true landmarks of an ME to one form.

    Args:
        predicted (Tensor): ``(t, 68, 2)`` or ``(num_clips, t, 68, 2)``.
        truth (Tensor): ``(T, 68, 2)`` or ``(num_clips, T, 68, 2)`` with T >= t, or all clips one after another,
            ``(num_clips * T, 68, 2)``.

    Returns:
        tuple[Tensor, Tensor]: Both ``(num_clips, t, 68, 2)``, the last t frames of each clip.

    Raises:
        ValueError: If they do not fit.
    """
    clips = len(predicted) if predicted.ndim == 4 else 1
    frames = predicted.shape[-3] if predicted.ndim in (3, 4) else 0
    points = tuple(truth.shape[-2:])
    count = truth.shape[:-2].numel()
    if not frames or tuple(predicted.shape[-2:]) != points or count % clips or count // clips < frames:
        raise ValueError(f'Predicted landmarks of shape {tuple(predicted.shape)} do not fit true ones of shape '
                         f'{tuple(truth.shape)}.')
    return predicted.reshape(clips, frames, *points), truth.reshape(clips, -1, *points)[:, -frames:]
