"""Motion of the whole head in optical flow or landmarks, to be taken from that of the face.

An expression moves parts of the face; the rest moves with the head. So an affine motion is fitted by least absolute
deviations, which a minority cannot bend far.
"""

from __future__ import annotations

import numpy as np

_ROUNDS = 20
_LEAST = 1e-3
"""Pixels; deviations below are rounding."""


def common_motion(points: np.ndarray, motion: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
    """The affine motion that most points follow.

    Args:
        points (np.ndarray): ``(P, 2)`` (x, y) in pixels, not all on one line.
        motion (np.ndarray): ``(P, 2)`` displacement of each in pixels.
        places (np.ndarray, optional): ``(..., 2)`` where the common motion is wanted. Defaults to None, at the points.

    Returns:
        np.ndarray: ``(..., 2)`` float64, by reweighted least squares.

    Raises:
        ValueError: If all points lie on one line.
    """
    points = np.asarray(points, dtype=np.float64)
    middle, scale = points.mean(axis=0), max(float(np.ptp(points)), 1.0)

    def terms(at: np.ndarray) -> np.ndarray:
        at = (np.asarray(at, dtype=np.float64) - middle) / scale
        return np.concatenate([np.ones((*at.shape[:-1], 1)), at], axis=-1)              # (..., 3)

    basis, weights = terms(points), np.ones(len(points))
    if np.linalg.matrix_rank(basis) < 3:
        raise ValueError('All points lie on one line, so they show no motion in the plane.')
    for _ in range(_ROUNDS):
        weighted = basis * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ basis, weighted.T @ motion)         # (3, 2)
        weights = 1 / np.maximum(np.hypot(*(motion - basis @ coefficients).T), _LEAST)
    return terms(points if places is None else places) @ coefficients


def head_motion(flow: np.ndarray, landmarks: np.ndarray, margin: float = 0.3) -> np.ndarray:
    """The affine motion that most of the face follows in optical flow.

    Args:
        flow (np.ndarray): ``(2, H, W)`` displacement (x, y) in pixels.
        landmarks (np.ndarray): ``(68, 2)`` (x, y) in pixels of the frame that the flow starts from; their box is the
            face.
        margin (float): How much of the height of that box is added above it, for the forehead. Defaults to 0.3.

    Returns:
        np.ndarray: ``(2, H, W)`` float64, to be subtracted from the flow.

    Raises:
        ValueError: If the face lies outside the frame.
    """
    _, height, width = flow.shape
    low, high = np.min(landmarks, axis=0), np.max(landmarks, axis=0)
    low = low - (0, margin * (high[1] - low[1]))
    x0, y0 = np.maximum(np.floor(low).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(high).astype(int) + 1, (width, height))
    if x1 - x0 < 3 or y1 - y0 < 3:
        raise ValueError(f'The face, from {np.round(low, 1).tolist()} to {np.round(high, 1).tolist()}, lies outside '
                         f'the frame of {width}x{height} pixels.')
    y, x = np.mgrid[:height, :width]
    places = np.stack([x, y], axis=-1)                                                  # (H, W, 2)
    face = np.s_[y0:y1, x0:x1]
    values = np.moveaxis(np.asarray(flow, dtype=np.float64), 0, -1)[face].reshape(-1, 2)
    return np.moveaxis(common_motion(places[face].reshape(-1, 2), values, places), -1, 0)
