"""How well dynamic images are constructed."""

from __future__ import annotations

from typing import Any
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from fdp_mmaction.registry import METRICS


def image_quality(predicted: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """PSNR and SSIM of one image.

    Args:
        predicted (np.ndarray): ``(H, W)`` in [0, 1].
        target (np.ndarray): ``(H, W)`` in [0, 1].

    Returns:
        tuple[float, float]: PSNR in dB and SSIM in [-1, 1] (Wang et al. 2004, Gaussian window, sigma 1.5).
    """
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity
    psnr = peak_signal_noise_ratio(target, predicted, data_range=1.0)
    ssim = structural_similarity(target, predicted, data_range=1.0, gaussian_weights=True, sigma=1.5,
                                 use_sample_covariance=False)
    return float(psnr), float(ssim)


@METRICS.register_module()
class DynamicImageMetric(BaseMetric):
    """Mean PSNR and SSIM of the constructed dynamic images.

    Needs data samples with ``sample_id``, ``gt_dynamic_image`` and ``pred_dynamic_image``. The first few pairs
    of the last evaluation stay in :attr:`examples` for figures.

    Args:
        num_examples (int): Pairs to keep. Defaults to 8.
        collect_device (str): ``'cpu'`` or ``'gpu'``, how processes exchange results. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the metric names. Defaults to ``'dynamic_image'``.
    """

    default_prefix = 'dynamic_image'

    def __init__(self, num_examples: int = 8, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.num_examples = num_examples
        self.examples: list[dict] = []

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the images of a batch."""
        for sample in data_samples:
            target = sample['gt_dynamic_image'].float().cpu().numpy()
            predicted = sample['pred_dynamic_image'].float().cpu().numpy()
            pairs = zip(predicted.reshape(-1, *predicted.shape[-2:]), target.reshape(-1, *target.shape[-2:]))
            quality = [image_quality(*pair) for pair in pairs]
            result = dict(sample_id=sample['sample_id'], emotion=sample.get('emotion', ''),
                          psnr=float(np.mean([psnr for psnr, _ in quality])),
                          ssim=float(np.mean([ssim for _, ssim in quality])))
            if len(self.results) < self.num_examples:
                result.update(target=target.reshape(-1, *target.shape[-2:])[0],
                              predicted=predicted.reshape(-1, *predicted.shape[-2:])[0])
            self.results.append(result)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Mean over all MEs.

        Args:
            results (list[dict]): What :meth:`process` collected, from all processes.

        Returns:
            dict[str, float]: ``PSNR`` in dB and ``SSIM``.
        """
        self.examples = [result for result in results if 'target' in result][:self.num_examples]
        return {'PSNR': float(np.mean([result['psnr'] for result in results])),
                'SSIM': float(np.mean([result['ssim'] for result in results]))}
