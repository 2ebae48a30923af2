"""The trivial construction of dynamic images: always the mean of the training part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .dynamic_image_metric import image_quality


def mean_image_quality(train_images: Sequence[np.ndarray], test_images: Sequence[np.ndarray]) -> dict[str, float]:
    """PSNR and SSIM of predicting the mean training image for every test ME.

    What a model that constructs dynamic images must beat; measured like
    :class:`~fdp_mmaction.evaluation.DynamicImageMetric`.

    Args:
        train_images (Sequence[np.ndarray]): ``(H, W)`` in [0, 1].
        test_images (Sequence[np.ndarray]): ``(H, W)`` in [0, 1].

    Returns:
        dict[str, float]: Mean ``PSNR`` in dB and ``SSIM``.
    """
    mean = np.mean(np.stack(train_images), axis=0)
    quality = np.array([image_quality(mean, image) for image in test_images])
    return {'PSNR': float(quality[:, 0].mean()), 'SSIM': float(quality[:, 1].mean())}
