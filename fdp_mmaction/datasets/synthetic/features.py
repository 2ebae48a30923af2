"""Brows, lips, nostrils, lid creases and lines painted on the skin."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import blend, blur, noise, smoothstep, strokes, to_pixels, window
from .identity import Identity, brow_curve, lid_curves, mouth_curves
from .lids import to_eye


def paint_lips(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray, light: np.ndarray,
               rng: np.random.Generator) -> None:
    """Paint closed lips in place.

    Args:
        image (np.ndarray): ``(H, W, 3)`` float32 BGR around 0 to 1.
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin.
        y (np.ndarray): ``(H, 1)``.
        light (np.ndarray): ``(H, W)`` shading factor of the face.
        rng (np.random.Generator): Draws the lip texture.
    """
    me = identity
    reach = me.mouth_half_width + 16
    box = window(x, y, -reach, reach, me.mouth_y - me.lip_up - 16, me.mouth_y + me.lip_low + 24)
    image, light, x, y = image[box], light[box], x[:, box[1]], y[box[0]]
    u = x / me.mouth_half_width
    upper, line, lower = mouth_curves(me, u)
    inside = smoothstep(1.05, 0.93, np.abs(u))
    soft = 2.2
    mask = smoothstep(-soft, soft, y - upper) * smoothstep(-soft, soft, lower - y) * inside
    top = smoothstep(1.2, -1.2, y - line)
    depth = np.clip((y - line) / np.maximum(lower - line, 3), 0, 1)
    tone = top * (0.86 - 0.10 * smoothstep(-10, 0, y - line))
    tone = tone + (1 - top) * (0.92 + 0.30 * np.sin(np.pi * depth ** 0.8) - 0.12 * depth)
    fine = cv2.resize(noise((image.shape[0] // 8, image.shape[1]), 1.6, rng), image.shape[1::-1])
    shine = (1 - top) * np.exp(-((depth - 0.42) / 0.16) ** 2) * np.exp(-(u / 0.42) ** 2)
    tone = tone * (1 + 0.045 * fine + 0.03 * noise(image.shape[:2], 3, rng))
    colour = np.asarray(me.lip, np.float32) * (tone * (0.45 + 0.55 * light))[..., None]
    colour += (0.10 * shine * np.clip(1 + 0.5 * fine, 0, 2))[..., None]
    blend(image, colour, 0.88 * mask)
    dark = np.exp(-((y - line) / 1.25) ** 2) * smoothstep(1.06, 0.96, np.abs(u))
    blend(image, np.asarray(me.lip) * 0.28, 0.78 * dark)
    corner = np.exp(-((np.abs(x) - me.mouth_half_width - 1) / 4.5) ** 2 - ((y - line) / 3.2) ** 2)
    image *= (1 - 0.28 * corner)[..., None]
    edge = np.exp(-((y - upper + 3.2) / 1.8) ** 2) * inside * smoothstep(0.9, 0.2, np.abs(u))
    image *= (1 + 0.05 * edge)[..., None]
    below = np.exp(-((y - lower - 5) / 4.5) ** 2) * smoothstep(0.9, 0.3, np.abs(u))
    image *= (1 - 0.10 * below)[..., None]


def paint_nostrils(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray) -> None:
    """Paint nostrils, the creases around the wings and the shadow under the nose, in place."""
    me = identity
    box = window(x, y, -70, 70, me.nose_y - 28, me.nose_y + 34)
    image, x, y = image[box], x[:, box[1]], y[box[0]]
    a = np.abs(x)
    cx, cy = me.nose_half_width * 0.44, me.nose_y + 10.5
    tilt = (a - cx) * 0.28
    hole = ((a - cx) / (me.nose_half_width * 0.25)) ** 2 + ((y - cy + tilt * 0.9) / 3.6) ** 2
    blend(image, np.asarray(me.skin) * (0.12, 0.13, 0.20), 0.85 * smoothstep(1.5, 0.35, hole))
    under = np.exp(-(x / (me.nose_half_width * 0.85)) ** 4 - ((y - me.nose_y - 16) / 5.0) ** 2)
    image *= (1 - 0.20 * under)[..., None]
    wing_x, wing_y = me.nose_half_width * 0.72, me.nose_y + 4
    radius = np.sqrt(((a - wing_x) / (me.nose_half_width * 0.30)) ** 2 + ((y - wing_y) / 11.5) ** 2)
    outer = smoothstep(-2, 6, a - wing_x + 0.15 * (wing_y - y))
    crease = np.exp(-((radius - 1) / 0.17) ** 2) * outer
    image *= (1 - 0.24 * crease)[..., None]


def paint_lid_skin(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray) -> None:
    """Paint creases and tint of the lids, in place; the eyes themselves are not part of the skin."""
    me, sheet, sheet_x, sheet_y = identity, image, x, y
    for side in (0, 1):
        centre = me.eye_x if side else -me.eye_x
        box = window(sheet_x, sheet_y, centre - 62, centre + 62, -48, 44)
        image, x, y = sheet[box], sheet_x[:, box[1]], sheet_y[box[0]]
        u, v = to_eye(me, side, np.broadcast_arrays(x + me.origin[0], y + me.origin[1]))
        upper, lower = lid_curves(me, u)
        near = smoothstep(1.35, 0.9, np.abs(u))
        lift = 3.5 + 5.5 * me.crease
        fold = upper - lift * (1 - 0.4 * np.abs(u) ** 2) + 0.5
        crease = np.exp(-((v - fold) / 1.15) ** 2) * smoothstep(1.12, 0.75, np.abs(u))
        image *= (1 - (0.20 + 0.25 * me.crease) * crease)[..., None]
        lid = smoothstep(-2, 2, v - fold) * smoothstep(3, -1, v - lower) * near
        image *= 1 - lid[..., None] * np.array([0.10, 0.10, 0.05], np.float32)
        socket = np.exp(-((v - upper + 15) / 9) ** 2) * np.exp(-((u + 0.35) / 0.8) ** 2)
        image *= 1 - socket[..., None] * np.array([0.09, 0.09, 0.06], np.float32)
        bag = np.exp(-((v - lower - 7) / 5.5) ** 2) * np.exp(-(u / 0.85) ** 2)
        image *= 1 - bag[..., None] * np.array([0.05, 0.06, 0.035], np.float32) * (0.6 + me.wrinkles[3])


def paint_brows(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """Paint brows hair by hair, in place.

    Args:
        image (np.ndarray): ``(H, W, 3)``.
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin.
        y (np.ndarray): ``(H, 1)``.
        rng (np.random.Generator): Draws the hairs.
    """
    me = identity
    box = window(x, y, -135, 135, me.brow_y - 36, me.brow_y + 32)
    image, x, y = image[box], x[:, box[1]], y[box[0]]
    paths, widths, values = [], [], []
    hairs = int(60 + 150 * me.brow_density)
    for sign in (-1, 1):
        s = rng.uniform(0, 1, hairs) ** 0.9
        cx, cy = brow_curve(me, s)
        thick = me.brow_thickness * np.clip(0.55 + 2.6 * s, 0, 1) * (1 - 0.72 * np.clip((s - 0.45) / 0.55, 0, 1) ** 1.3)
        across = np.clip(rng.normal(0, 0.27, hairs), -0.55, 0.55)
        root = np.stack([cx, cy + across * thick], axis=1)
        # Hairs rise near the nose and lie down, towards the axis, further out.
        angle = -1.25 + 1.45 * np.clip(s * 1.5, 0, 1) + 0.35 * s + rng.normal(0, 0.16, hairs) - 0.55 * across
        length = rng.uniform(8, 14, hairs) * (1 - 0.25 * s)
        for r, a, n in zip(root, angle, length):
            t = np.linspace(0, 1, 4)[:, None]
            bend = a + 0.35 * t
            path = r + n * t * np.concatenate([np.cos(bend), np.sin(bend)], axis=1)
            paths.append(to_pixels(path * (sign, 1), x, y))
            widths.append(rng.uniform(1.0, 1.9))
            values.append(rng.uniform(0.2, 0.6))
    cover, tone = strokes(image.shape[:2], paths, np.array(widths), np.array(values))
    soft = blur(cover, 3.5)
    dark = np.minimum(np.asarray(me.hair) * 0.75, np.asarray(me.skin) * 0.42)
    blend(image, dark, np.clip(0.55 * soft, 0, 0.5))
    colour = dark * (0.55 + 0.9 * tone[..., None])
    blend(image, colour.astype(np.float32), 0.72 * cv2.GaussianBlur(cover, (0, 0), 0.6))


def line_paths(identity: Identity, rng: np.random.Generator) -> list[tuple[np.ndarray, float]]:
    """Lines of expression that every subject has to some degree at rest, with their strength.

    They lie where action units fold the skin, so that a fold in one frame says little about the moment.
    """
    me = identity
    s = np.linspace(0, 1, 14)
    paths: list[tuple[np.ndarray, float]] = []

    def add(px: np.ndarray, py: np.ndarray, strength: float, mirror: bool = True) -> None:
        for sign in ((-1, 1) if mirror else (1,)):
            jitter = np.cumsum(rng.normal(0, 0.25, (14, 2)), axis=0)
            paths.append((np.stack([px * sign, py], axis=1) + jitter, strength * rng.uniform(0.6, 1.2)))

    for k in range(3):
        height = me.hairline_y + (me.brow_y - me.hairline_y) * (0.36 + 0.2 * k)
        reach = rng.uniform(45, 75)
        add((2 * s - 1) * reach, height - 4 * np.cos(np.pi * (2 * s - 1)) + 2 * np.sin(5 * s + k),
            me.wrinkles[0] * 0.8, False)
    add(9 + 3 * s, me.brow_y - 12 + 27 * s, me.wrinkles[1])
    for k in (-1, 0, 1):
        corner = me.eye_x + me.eye_half_width + 5
        add(corner + 17 * s, 1 + 7 * k * s + 3 * k, me.wrinkles[2] * 0.8)
    for depth in (13, 20):
        add(me.eye_x + (2 * s - 1) * 24, depth + 5 * np.sin(np.pi * s), me.wrinkles[3] * 0.7)
    t = s ** 0.9
    add(me.nose_half_width + 5 + (me.mouth_half_width + 9 - me.nose_half_width) * t,
        me.nose_y - 3 + (me.mouth_y + 5 - me.nose_y) * s, 0.35 + me.wrinkles[4])
    add(me.mouth_half_width + 5 + 3 * np.sin(np.pi * s), me.mouth_y + me.mouth_curve - 4 + 24 * s, me.wrinkles[5] * 0.7)
    add((2 * s - 1) * 22, me.mouth_y + me.lip_low + 12 - 4 * (2 * s - 1) ** 2 + 3, me.wrinkles[6], False)
    for k in (0, 1):
        add(10 + 8 * s, 10 + 9 * k + 4 * s, me.wrinkles[1] * 0.4)
    return paths


def paint_lines(image: np.ndarray, identity: Identity, x: np.ndarray, y: np.ndarray) -> None:
    """Paint lines of expression as grooves with a dark and a light flank, in place."""
    groove = np.zeros(image.shape[:2], np.float32)
    layer = np.zeros(image.shape[:2], np.uint8)
    for level in (0.25, 0.5, 0.75, 1.0):  # lines of similar strength share a pass
        layer[:] = 0
        for path, strength in line_paths(identity, np.random.default_rng(identity.texture_seed + 5)):
            if level - 0.25 < strength <= level or (level == 1.0 and strength > 1.0):
                pixels = to_pixels(path, x, y)
                taper = len(pixels) // 4
                cv2.polylines(layer, np.round(pixels * 16).astype(np.int32)[None], False, 150, 2, cv2.LINE_AA, 4)
                cv2.polylines(layer, np.round(pixels[taper:-taper] * 16).astype(np.int32)[None], False, 255, 2,
                              cv2.LINE_AA, 4)
        groove = np.maximum(groove, level * layer.astype(np.float32) / 255)
    groove = 0.55 * cv2.GaussianBlur(groove, (0, 0), 1.3) + 0.9 * cv2.GaussianBlur(groove, (0, 0), 3.2)
    lit = np.roll(groove, 4, axis=0) - groove
    image *= (1 - 0.22 * groove + 0.08 * lit)[..., None]
