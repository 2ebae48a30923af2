"""Exact rank pooling: the ranking SVM that dynamic images approximate. Slow; a yardstick, not a layer."""

from __future__ import annotations

from typing import Any

import numpy as np

_FLAT = 1e-10       # share of the largest eigenvalue below which a direction is rounding noise


def exact_rank_pooling(frames: np.ndarray, smooth: bool = True, C: float = 1000.0) -> np.ndarray:
    """The direction that ranks a sequence in time, by a ranking SVM.

    Solves the objective that rank pooling is defined by (Fernando et al., CVPR 2015, in the pairwise form of Bilen et
    al., CVPR 2016),

    ``min_u  |u|^2 / 2 + C * mean_{i < j} max(0, 1 - <u, V_j - V_i>)``,

    with scikit-learn's ``LinearSVC`` on the pairwise differences. Support vector *regression* on the time index, often
    used in its place because it needs no pairs, optimises something else, and its first gradient step is not the
    dynamic image; this objective has the dynamic image as its limit for small C, where every pair violates the margin.
    For large C it is the hard-margin ranking. The sequence is first divided by the root mean square of ``|V_j - V_i|``,
    so C means the same for pixels of any range and for any number of frames; the scale of ``u`` carries no information.

    ``u`` lies in the span of the frames, so the problem is solved in its at most T - 1 coordinates.

    Args:
        frames (np.ndarray): ``(T, ...)`` in chronological order, T >= 2.
        smooth (bool): Rank the running means; else the frames themselves. Defaults to True.
        C (float): Weight of the ranking loss against the margin, above 0. Defaults to 1000, which on a clip of tens of
            frames puts practically every running mean in order.

    Returns:
        np.ndarray: ``(...)`` float64, the direction u; zero when nothing changes.

    Raises:
        ValueError: If there are fewer than two frames.
        ImportError: If scikit-learn is not installed.
    """
    frames = np.asarray(frames)
    if len(frames) < 2:
        raise ValueError(f'Exact rank pooling compares at least two frames, got {len(frames)}.')
    change = frames.reshape(len(frames), -1).astype(np.float64)
    change -= change[0]                                                         # (T, D); only differences count
    values, vectors = np.linalg.eigh(change @ change.T)
    kept = values > _FLAT * max(values[-1], 0)
    if not kept.any():
        return np.zeros(frames.shape[1:])
    scale = np.sqrt(values[kept])
    basis = vectors[:, kept] / scale                                            # change.T @ basis is orthonormal
    points = vectors[:, kept] * scale                                           # (T, r) coordinates of the frames
    if smooth:
        points = np.cumsum(points, axis=0) / np.arange(1, len(points) + 1)[:, None]
    earlier, later = np.triu_indices(len(points), k=1)
    pairs = points[later] - points[earlier]
    spread = np.sqrt(np.mean(np.sum(pairs ** 2, axis=1)))
    direction = _ranking_svm(pairs / spread, C)
    return (change.T @ (basis @ direction)).reshape(frames.shape[1:])


def _ranking_svm(pairs: np.ndarray, C: float) -> np.ndarray:
    """``min_w |w|^2 / 2 + C * mean max(0, 1 - pairs @ w)``: a pair and its mirror image are the two classes."""
    svm = _linear_svc()(loss='hinge', C=C / (2 * len(pairs)), fit_intercept=False, tol=1e-6, max_iter=100_000)
    svm.fit(np.concatenate([pairs, -pairs]), np.repeat([1, -1], len(pairs)))
    return svm.coef_[0]


def _linear_svc() -> Any:
    try:
        from sklearn.svm import LinearSVC
    except ImportError:
        raise ImportError('Exact rank pooling needs scikit-learn: pip install scikit-learn.') from None
    return LinearSVC
