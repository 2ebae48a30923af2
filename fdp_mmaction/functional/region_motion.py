"""Motion of facial regions, from optical flow and landmarks."""

from __future__ import annotations

import numpy as np

from .facial_regions import region_masks


def region_motion(flow: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Mean motion of every region that belongs to action units.

    Args:
        flow (np.ndarray): ``(..., 2, H, W)`` displacement (x, y) in pixels, y down.
        landmarks (np.ndarray): ``(68, 2)`` (x, y) in pixels of the frame that the flow starts from.

    Returns:
        np.ndarray: ``(..., R, 2)`` float64 mean displacement (x, y) in pixels, in the order of
        :data:`~fdp_mmaction.functional.facial_regions.REGIONS`; NaN where a region lies outside the frame.

    Raises:
        ValueError: If the flow or the landmarks have another shape.

    Examples:
        >>> flow = np.zeros((7, 2, 144, 144))                   # between 8 frames
        >>> region_motion(flow, landmarks).shape
        (7, 17, 2)
    """
    flow = np.asarray(flow, dtype=np.float64)
    if flow.ndim < 3 or flow.shape[-3] != 2:
        raise ValueError(f'Motion of regions is measured in flow of the shape (..., 2, H, W); got {flow.shape}.')
    masks = region_masks(landmarks, *flow.shape[-2:]).astype(np.float64)
    count = masks.sum(axis=(1, 2))                                                      # (R,)
    total = np.einsum('...chw,rhw->...rc', flow, masks)
    return np.divide(total, count[:, None], out=np.full(total.shape, np.nan), where=count[:, None] > 0)


def direction_of(motion: np.ndarray) -> np.ndarray:
    """Where a motion goes to, as seen.

    Args:
        motion (np.ndarray): ``(..., 2)`` displacement (x, y), y down.

    Returns:
        np.ndarray: ``(...)`` degrees in [0, 360): 0 to the right, 90 up, 180 to the left, 270 down.
    """
    return np.degrees(np.arctan2(-motion[..., 1], motion[..., 0])) % 360
