"""The head as a height field, and the light on it."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import blur, smoothstep
from .identity import Identity, brow_curve, outline_half_width


def _bump(x: np.ndarray, y: np.ndarray, cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
    return np.exp(-0.5 * (((x - cx) / sx) ** 2 + ((y - cy) / sy) ** 2))


def face_mask(identity: Identity, x: np.ndarray, y: np.ndarray, soft: float = 1.0) -> np.ndarray:
    """Coverage of the head without hair and ears.

    Args:
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin, in pixels.
        y (np.ndarray): ``(H, 1)``.
        soft (float): Half width of the soft edge in pixels. Defaults to 1.

    Returns:
        np.ndarray: ``(H, W)`` float32 in 0 to 1.
    """
    rows = np.arange(-260.0, 280.0, 0.5)
    half = outline_half_width(identity, rows)
    slope = np.gradient(half, rows)
    # Distance to the outline to first order; where the outline closes, the slope is large.
    slope = np.interp(y, rows, np.clip(slope, -8, 8))
    distance = (np.interp(y, rows, half) - np.abs(x)) / np.sqrt(1 + slope ** 2)
    return smoothstep(-soft, soft, distance).astype(np.float32)


def height_field(identity: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Height of the face towards the camera.

    Args:
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin, in pixels, one pixel apart.
        y (np.ndarray): ``(H, 1)``.

    Returns:
        np.ndarray: ``(H, W)`` float32 in pixels.
    """
    me = identity
    x, y = x.astype(np.float32), y.astype(np.float32)
    a = np.abs(x)
    mask = (face_mask(me, x, y) > 0.5).astype(np.uint8)
    inner = np.minimum(cv2.distanceTransform(mask, cv2.DIST_L2, 5) / 62, 1)
    rim = np.sqrt(np.maximum(1 - (1 - inner) ** 2, 0))
    dome = 105 * np.sqrt(np.maximum(0.05, 1 - (x / 165) ** 2 - ((y - 10) / 270) ** 2))
    z = blur((dome + 40 * rim).astype(np.float32), 7)
    # Brow ridge, sockets and the eyeballs behind the lids.
    bx, by = brow_curve(me, np.array([0.1, 0.4, 0.75]))
    for cx, cy, h in zip(bx, by, (4.5, 6.0, 4.5)):
        z += h * _bump(a, y, cx, cy + 4, 24, 10)
    z -= 9 * _bump(a, y, me.eye_x - 6, -6, 33, 17)
    z -= 6 * _bump(a, y, 24, 2, 11, 15)
    z += 7.5 * _bump(a, y, me.eye_x, -1, 21, 14)
    # Nose: ridge, tip, wings.
    along = smoothstep(-26, me.nose_y, y)
    start = smoothstep(-52, -6, y)
    end = smoothstep(me.nose_y + 20, me.nose_y - 8, y)
    width = 11 + 8 * along
    z += me.nose_depth * start * (3 + 17 * along ** 1.2) * end * np.exp(-(a / width) ** 2)
    ball = np.maximum(1 - (x / 21) ** 2 - ((y - me.nose_y + 1) / 18) ** 2, 0)
    z += 11 * me.nose_depth * ball ** 0.75
    wing = np.maximum(1 - ((a - me.nose_half_width * 0.68) / 14) ** 2 - ((y - me.nose_y - 3) / 13) ** 2, 0)
    z += 9 * wing ** 0.7
    z -= 4 * _bump(a, y, me.nose_half_width * 1.14, me.nose_y + 4, 5, 10)
    # Cheeks, folds, mouth, chin.
    z += 8 * _bump(a, y, 78, 50, 32, 25)
    z -= 5 * _bump(a, y, 84, 112, 30, 36)
    z += 7 * _bump(a, y, 0, me.mouth_y - 2, 45, 25)
    t = np.clip((y - me.nose_y + 6) / (me.mouth_y + 8 - me.nose_y), 0, 1.15)
    fold = me.nose_half_width + 6 + (me.mouth_half_width + 14 - me.nose_half_width - 6) * t ** 0.9
    fade = smoothstep(-0.02, 0.25, t) * smoothstep(1.15, 0.8, t)
    z -= (1.2 + 2.6 * me.wrinkles[4]) * fade * np.exp(-((a - fold) / 6.5) ** 2)
    z -= 2.2 * _bump(a, y, 0, (me.nose_y + me.mouth_y) / 2 + 3, 4.5, 9)
    z -= 5.5 * _bump(a, y, 0, me.mouth_y + me.lip_low + 9, 27, 7)
    z += 9 * _bump(a, y, 0, me.chin_y - 27, 27, 17)
    z -= 2.4 * _bump(a, y, me.mouth_half_width + 4, me.mouth_y + 3, 7, 9)
    z -= (0.8 + 2.2 * me.wrinkles[3]) * _bump(a, y, me.eye_x - 5, 24, 26, 4.5)
    z -= 6 * _bump(a, y, 128, -52, 22, 38)
    return z


def shade(identity: Identity, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Diffuse shading and sheen of a height field.

    Args:
        identity (Identity): The subject; gives the light.
        z (np.ndarray): ``(H, W)`` heights in pixels, one pixel apart.

    Returns:
        tuple[np.ndarray, np.ndarray]: Factor around 1 on the colour, and sheen to add.
    """
    z = blur(z, 1.2)
    zx = cv2.Sobel(z, cv2.CV_32F, 1, 0, scale=1 / 8)
    zy = cv2.Sobel(z, cv2.CV_32F, 0, 1, scale=1 / 8)
    length = np.sqrt(1 + zx * zx + zy * zy)
    lx, ly = identity.light
    light = np.array([lx, ly, 1.15])
    light /= np.linalg.norm(light)
    lambert = (-zx * light[0] - zy * light[1] + light[2]) / length
    diffuse = np.clip((lambert + 0.35) / 1.35, 0, 1)
    half = light + (0, 0, 1)
    half /= np.linalg.norm(half)
    sheen = np.clip((-zx * half[0] - zy * half[1] + half[2]) / length, 0, 1) ** 26
    hollow = np.clip(blur(z, 11) - z, -6, 9)
    contrast = identity.light_contrast
    factor = 1 + contrast * (1.02 * (diffuse - 0.86)) - 0.016 * hollow
    return np.clip(factor, 0.18, 1.25), sheen
