"""Optical flow as colours: direction as hue, length as saturation."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import hsv_to_rgb


def flow_to_rgb(flow: np.ndarray, limit: float) -> np.ndarray:
    """Colour a flow field.

    White does not move. Red moves to the right as seen, yellow-green down, cyan to the left, violet up; the colour is
    full from ``limit`` on.

    Args:
        flow (np.ndarray): ``(2, H, W)`` displacement (x, y) in pixels, y down.
        limit (float): Length of full colour in pixels, above 0.

    Returns:
        np.ndarray: ``(H, W, 3)`` in [0, 1].
    """
    x, y = flow.astype(np.float64)
    hue = np.arctan2(y, x) / (2 * np.pi) % 1
    saturation = np.minimum(np.hypot(x, y) / limit, 1)
    return hsv_to_rgb(np.stack([hue, saturation, np.ones_like(hue)], axis=-1))


def colour_wheel(side: int = 101) -> np.ndarray:
    """The key to the colours: every pixel shows the colour of the motion from the middle to it.

    Args:
        side (int): Side in pixels. Defaults to 101.

    Returns:
        np.ndarray: ``(side, side, 4)`` RGBA in [0, 1]; transparent outside the circle, on which colours are full.
    """
    axis = np.linspace(-1, 1, side)
    flow = np.stack(np.meshgrid(axis, axis))
    inside = np.hypot(*flow) <= 1
    return np.concatenate([flow_to_rgb(flow, 1.0), inside[..., None]], axis=-1)
