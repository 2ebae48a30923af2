"""A mean frontal face of 68 landmarks, for where nothing better is known than where the face is."""

from __future__ import annotations

import numpy as np

# Right half and middle line (x >= 0), averaged over 120 subjects of the synthetic generator and over both sides.
_HALF = {
    8: (0.00, 1.64), 9: (0.27, 1.59), 10: (0.50, 1.45), 11: (0.69, 1.26), 12: (0.84, 1.03), 13: (0.96, 0.79),
    14: (1.04, 0.53), 15: (1.08, 0.26), 16: (1.08, -0.02),
    22: (0.22, -0.27), 23: (0.37, -0.31), 24: (0.52, -0.34), 25: (0.67, -0.33), 26: (0.81, -0.28),
    27: (0.00, 0.05), 28: (0.00, 0.25), 29: (0.00, 0.45), 30: (0.00, 0.66), 33: (0.00, 0.78), 34: (0.10, 0.77),
    35: (0.18, 0.74),
    42: (0.27, 0.03), 43: (0.41, -0.07), 44: (0.58, -0.07), 45: (0.73, 0.00), 46: (0.59, 0.06), 47: (0.42, 0.05),
    51: (0.00, 0.98), 52: (0.12, 0.96), 53: (0.26, 0.99), 54: (0.39, 1.02), 55: (0.26, 1.10), 56: (0.12, 1.15),
    57: (0.00, 1.16), 62: (0.00, 1.04), 63: (0.14, 1.03), 64: (0.33, 1.02), 65: (0.14, 1.03), 66: (0.00, 1.04),
}
_MIRROR = {
    9: 7, 10: 6, 11: 5, 12: 4, 13: 3, 14: 2, 15: 1, 16: 0, 22: 21, 23: 20, 24: 19, 25: 18, 26: 17, 34: 32, 35: 31,
    42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40, 52: 50, 53: 49, 54: 48, 55: 59, 56: 58, 63: 61, 64: 60, 65: 67,
}
CENTRED_EYES, CENTRED_DISTANCE = 0.3, 1 / 2.55
"""Height of the eyes and distance between them in the aligned square (``box_factor`` 2.5), as shares of its side."""


def _mean_shape() -> np.ndarray:
    shape = np.empty((68, 2))
    for index, (x, y) in _HALF.items():
        shape[index] = x, y
        shape[_MIRROR.get(index, index)] = -x, y
    return shape


MEAN_SHAPE = _mean_shape()
"""``(68, 2)`` float64, iBUG order: the eye centres are 1 apart, the origin lies between them, y points down."""


def place_mean_shape(x: float, y: float, distance: float) -> np.ndarray:
    """The mean face, upright, at a place.

    Args:
        x (float): Column of the point between the eye centres, in pixels.
        y (float): Its row.
        distance (float): Distance between the eye centres in pixels.

    Returns:
        np.ndarray: ``(68, 2)`` float64.
    """
    return MEAN_SHAPE * distance + (x, y)


def centred_face(height: int, width: int) -> np.ndarray:
    """A mean face that fills the central square of an image as an aligned face fills its square.

    With the usual ``box_factor`` of 2.5 the alignment cuts out the central square of the image.

    Args:
        height (int): Height of the image in pixels.
        width (int): Its width.

    Returns:
        np.ndarray: ``(68, 2)`` float64.
    """
    side = min(height, width) - 1      # between the centres of its first and last pixel
    return place_mean_shape((width - 1) / 2, (height - 1 - side) / 2 + CENTRED_EYES * side, CENTRED_DISTANCE * side)
