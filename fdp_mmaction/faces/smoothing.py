"""Smoothing of landmarks over time."""

from __future__ import annotations

import numpy as np

from fdp_mmaction.errors import FaceError

ORDER = 2


def check_window(window: int) -> None:
    """Refuse a window that cannot be used.

    Args:
        window (int): Number of frames; 0 for no smoothing.

    Raises:
        FaceError: If it is neither 0 nor an odd number from 5 on.
    """
    if window != 0 and (window < 5 or window % 2 == 0):
        raise FaceError(f'Smoothing needs an odd number of frames, 5 or more, or 0 for none, got {window}.')


def smooth_landmarks(points: np.ndarray, window: int) -> np.ndarray:
    """Savitzky-Golay smoothing (Analytical Chemistry 36(8), 1964): a parabola is fitted to every window.

    Unlike a moving average it keeps the height of a peak that is about as long as the window. The first and the last
    half window take the parabola of the first and the last whole one. Frames count as equally spaced.

    Args:
        points (np.ndarray): ``(T, 68, 2)``, without NaN.
        window (int): Number of frames, odd, at least 5; shortened for a clip of fewer frames. 0 returns the points
            as they are, and so does a clip of fewer than 5 frames.

    Returns:
        np.ndarray: ``(T, 68, 2)`` in the type of ``points``.

    Raises:
        FaceError: If the window cannot be used.
    """
    check_window(window)
    window = min(window, len(points) - 1 + len(points) % 2)
    if window < 5:
        return points
    from scipy.signal import savgol_filter
    return savgol_filter(points.astype(np.float64), window, ORDER, axis=0, mode='interp').astype(points.dtype)
