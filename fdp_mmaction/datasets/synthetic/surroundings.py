"""Wall, neck, shirt and ears."""

from __future__ import annotations

import numpy as np

from .canvas import blend, noise, smoothstep, window
from .identity import Identity


def paint_wall(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """Fill the image with a plain, unevenly lit wall.

    Args:
        image (np.ndarray): ``(H, W, 3)`` float32 BGR, overwritten.
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin.
        y (np.ndarray): ``(H, 1)``.
        rng (np.random.Generator): Draws the unevenness.
    """
    lx, _ = identity.light
    shade = 1 - ((x - 150 * lx) / 820) ** 2 - ((y - 20) / 900) ** 2 + 0.012 * noise(image.shape[:2], 160, rng)
    shade = shade + 0.004 * noise(image.shape[:2], 3, rng)
    image[:] = np.asarray(identity.background, np.float32) * shade[..., None].astype(np.float32)


def paint_neck(image: np.ndarray, identity: Identity, skin: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint the neck in place; ``skin`` is the ``(H, W, 3)`` colour of unshaded skin."""
    me = identity
    top = me.chin_y - 70
    box = window(x, y, -130, 130, top, 1e9)
    image, skin, x, y = image[box], skin[box], x[:, box[1]], y[box[0]]
    half = 68 + 46 * smoothstep(me.chin_y - 5, me.chin_y + 90, y) ** 1.3 + 8 * smoothstep(me.chin_y - 20, top, y)
    s = x / half
    round_ = np.sqrt(np.maximum(1 - s ** 2, 0))
    jaw = smoothstep(me.chin_y + 75, me.chin_y - 15, y + 0.0012 * x * x)
    shade = (0.52 + 0.44 * round_ + 0.10 * me.light[0] * s) * (1 - 0.42 * jaw)
    cords = np.exp(-((np.abs(x) - 30 + 0.25 * (y - me.chin_y)) / 7) ** 2)
    cords = cords * smoothstep(me.chin_y + 10, me.chin_y + 45, y)
    blend(image, skin * (shade + 0.035 * cords)[..., None], smoothstep(1, 0.985, np.abs(s)))


def paint_shirt(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """Paint the shirt in place. Shoulders rise towards the neck; the neckline is round or a V."""
    me = identity
    box = window(x, y, -1e9, 1e9, me.chin_y - 20, 1e9)
    image, y = image[box], y[box[0]]
    a = np.abs(x)
    fall = me.chin_y + 22 + 70 * smoothstep(60, 290, a)
    neckline = me.chin_y + 40 + 34 * me.collar - (16 + 34 * me.collar) * np.minimum(a / 92, 1) ** (2.2 - me.collar)
    depth = y - np.maximum(fall, neckline)
    weave = 1 + 0.03 * noise(image.shape[:2], 1.5, rng) + 0.05 * noise(image.shape[:2], 22, rng)
    folds = 1 + 0.10 * np.sin(x / 34 + 0.012 * y + 4 * me.collar) * smoothstep(50, 160, a)
    shade = (0.80 + 0.12 * me.light[0] * x / 200 - 0.10 * smoothstep(120, 300, a)) * weave * folds
    blend(image, np.asarray(me.shirt, np.float32) * shade[..., None], smoothstep(-1.5, 1.5, depth))
    band = np.exp(-((depth - 10) / 1.4) ** 2) + 0.6 * np.exp(-((depth - 1) / 2.5) ** 2)
    image *= (1 - 0.28 * band * (a < 150))[..., None]


def paint_ears(image: np.ndarray, identity: Identity, skin: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint both ears in place, behind the head."""
    me = identity
    for sign in (-1, 1):
        cx, cy = sign * (me.half_width + 3), 22.0
        box = window(x, y, cx - 42, cx + 42, cy - 52, cy + 52)
        _paint_ear(image[box], me, skin[box], x[:, box[1]], y[box[0]], sign, cx, cy)


def _paint_ear(image: np.ndarray, me: Identity, skin: np.ndarray, x: np.ndarray, y: np.ndarray, sign: int,
               cx: float, cy: float) -> None:
    px = (x - cx) * sign - 0.16 * (cy - y)
    py = y - cy
    ear = (px / 19) ** 2 + (py / (41 - 6 * smoothstep(0, 30, py))) ** 2
    mask = smoothstep(1.06, 0.94, ear)
    rim = np.exp(-((np.sqrt(ear) - 0.80) / 0.12) ** 2)
    hollow = np.exp(-((px + 1) / 8) ** 2 - ((py - 2) / 18) ** 2)
    shade = 0.66 + 0.16 * sign * me.light[0] + 0.15 * rim - 0.26 * hollow - 0.16 * smoothstep(6, -12, px)
    tint = skin * np.array([0.95, 0.93, 1.0], np.float32)
    blend(image, tint * shade[..., None], mask)
