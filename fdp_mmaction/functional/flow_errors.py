"""How far a predicted optical flow is from the true one."""

from __future__ import annotations

import numpy as np

from .optical_flow import endpoint_error

THRESHOLDS = (0.5, 1.0)
"""Endpoint errors in pixels above which a vector counts as wrong. MEs move less than a pixel from frame to frame."""


def flow_errors(predicted: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Endpoint error (EPE) of a flow, the shares of clearly wrong vectors, and what predicting no motion would give.

    Args:
        predicted (np.ndarray): ``(..., 2, H, W)`` displacement (x, y) in pixels.
        target (np.ndarray): ``(..., 2, H, W)``, as many fields of the same size; leading axes of length 1 may be
            missing in one of the two.

    Returns:
        dict[str, float]: Over all pixels: ``EPE``, the mean length of the error in pixels; ``above_0.5px`` and
        ``above_1px``, shares in [0, 1] of vectors that are more than that off; ``EPE_zero``, the ``EPE`` of a flow of
        zeros, which is the mean length of the true motion.

    Raises:
        ValueError: If the shapes do not fit.

    Examples:
        >>> flow_errors(np.zeros((7, 2, 4, 4)), np.ones((7, 2, 4, 4)))['EPE']
        1.4142135623730951
    """
    shapes = [array.shape for array in (predicted, target)]
    fields = [shape[-3:] if len(shape) >= 3 else shape for shape in shapes]
    if fields[0] != fields[1] or len(fields[0]) != 3 or fields[0][0] != 2 or predicted.size != target.size:
        raise ValueError(f'A predicted flow of shape {shapes[0]} does not fit a true one of shape {shapes[1]}: both '
                         'are (..., 2, H, W) with as many pairs of frames, of the frames that enter the network.')
    predicted, target = (array.reshape(-1, *fields[0]).astype(np.float64) for array in (predicted, target))
    error = endpoint_error(predicted, target)
    shares = {f'above_{threshold:g}px': float((error > threshold).mean()) for threshold in THRESHOLDS}
    return {'EPE': float(error.mean()), **shares,
            'EPE_zero': float(endpoint_error(np.zeros_like(target), target).mean())}
