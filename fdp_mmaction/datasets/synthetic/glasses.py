"""Spectacles: a layer of their own, which moves with the head and not with the skin."""

from __future__ import annotations

import numpy as np

from .canvas import smoothstep
from .identity import Identity

TEXEL = 0.5
X_RANGE, Y_RANGE = (-165.0, 165.0), (-60.0, 75.0)

#          lens half sizes, exponent, rim width, colour
_SHAPES = {'round': ((41, 38), 2.2, 3.6, (0.09, 0.10, 0.13)), 'square': ((46, 32), 4.0, 4.6, (0.05, 0.05, 0.06)),
           'thin': ((45, 31), 3.0, 2.0, (0.42, 0.44, 0.46))}


def glasses_layer(identity: Identity) -> np.ndarray | None:
    """Picture of the subject's spectacles.

    Args:
        identity (Identity): The subject.

    Returns:
        np.ndarray | None: ``(270, 660, 4)`` float32: premultiplied BGR (0 to 1) and coverage over
        ``X_RANGE`` x ``Y_RANGE`` around the face origin; None for a subject without spectacles.
    """
    if identity.glasses == 'none':
        return None
    (ax, ay), power, rim, colour = _SHAPES[identity.glasses]
    x = np.arange(X_RANGE[0] + TEXEL / 2, X_RANGE[1], TEXEL)[None, :]
    y = np.arange(Y_RANGE[0] + TEXEL / 2, Y_RANGE[1], TEXEL)[:, None]
    a = np.abs(x)
    cx, cy = identity.eye_x + 1.5, 5.0
    cx = max(cx, ax + 11)
    radius = (np.abs((a - cx) / ax) ** power + np.abs((y - cy) / ay) ** power) ** (1 / power)
    distance = (radius - 1) * min(ax, ay)
    frame = smoothstep(rim / 2 + 0.5, rim / 2 - 0.5, np.abs(distance))
    bridge_y = -7 + 0.035 * x ** 2
    bridge = smoothstep(rim * 0.55 + 0.5, rim * 0.55 - 0.5, np.abs(y - bridge_y)) * (a < cx - ax + 2)
    arm_y = -9 - 0.05 * (a - cx - ax)
    arm = smoothstep(rim * 0.7 + 0.5, rim * 0.7 - 0.5, np.abs(y - arm_y))
    arm = arm * (a > cx + ax - 1) * smoothstep(identity.half_width + 3, identity.half_width + 1, a)
    solid = np.maximum(np.maximum(frame, bridge), arm)
    light = 0.75 + 0.5 * smoothstep(1.5, -1.5, distance) * (y < cy) + 0.25 * np.sin(0.05 * x + 0.04 * y)
    lens = smoothstep(0.5, -0.5, distance) * (1 - solid)
    glare = lens * (0.03 + 0.07 * smoothstep(-0.35, 0.1, (x - np.sign(x) * cx) / ax * 0.7 - (y - cy) / ay)
                    * smoothstep(0.7, 0.25, (x - np.sign(x) * cx) / ax * 0.7 - (y - cy) / ay))
    layer = np.empty((y.size, x.size, 4), np.float32)
    layer[..., :3] = np.asarray(colour) * (solid * light)[..., None] + glare[..., None]
    layer[..., 3] = np.clip(solid + glare, 0, 1)
    return layer
