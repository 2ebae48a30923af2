"""A subject as one textured sheet: wall, shirt, neck, head, features and hair, without the eyes."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .canvas import blend, blur, noise, smoothstep, to_pixels, window
from .features import paint_brows, paint_lid_skin, paint_lines, paint_lips, paint_nostrils
from .glasses import X_RANGE, Y_RANGE, glasses_layer
from .hair import hair_colour, hair_masks, shadow
from .identity import Identity, draw_identity
from .surface import face_mask, height_field, shade
from .surroundings import paint_ears, paint_neck, paint_shirt, paint_wall

TEXEL = 0.5
"""Canonical pixels per pixel of the full sheet."""
LEFT, TOP, WIDTH, HEIGHT = -60.5, -60.5, 760, 600
"""Extent of the sheet in canonical pixels (outer edges)."""
GRAY = np.array([0.114, 0.587, 0.299], np.float32)


def paint_sheet(identity: Identity) -> np.ndarray:
    """Paint a subject.

    Args:
        identity (Identity): The subject.

    Returns:
        np.ndarray: ``(1200, 1520, 3)`` float32 BGR in 0 to 255, ``TEXEL`` canonical pixels per pixel.
    """
    me = identity
    rng = np.random.default_rng(me.texture_seed)
    ox, oy = me.origin

    def axes(texel: float) -> tuple[np.ndarray, np.ndarray]:
        x = LEFT + (np.arange(round(WIDTH / texel)) + 0.5) * texel - ox
        y = TOP + (np.arange(round(HEIGHT / texel)) + 0.5) * texel - oy
        return x[None].astype(np.float32), y[:, None].astype(np.float32)

    x, y = axes(TEXEL)
    shape = (y.size, x.size)
    body = window(x, y, -195, 195, -206, 1e9)
    bx, by = x[:, body[1]], y[body[0]]
    skin = _skin_albedo(me, bx, by, rng)
    behind, front = hair_masks(me, x, y, rng)
    colour, alpha = hair_colour(me, front, x, y, rng)
    image = np.empty(shape + (3,), np.float32)
    paint_wall(image, me, x, y, rng)
    long = me.hair_style in ('long', 'fringe')
    if long:
        blend(image, colour * np.float32(0.62), behind)
    paint_neck(image[body], me, skin, bx, by)
    paint_shirt(image, me, x, y, rng)
    if not long:
        paint_ears(image[body], me, skin, bx, by)
        # Skin shines through very short hair.
        scalp = np.asarray(me.skin, np.float32) * np.float32(0.17 if me.hair_style == 'buzz' else 0)
        blend(image, colour * np.float32(0.8) + scalp, behind)
    box = window(x, y, -152, 152, -206, 228)
    inner = window(bx, by, -152, 152, -206, 228)
    factor, sheen = (cv2.resize(f.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)[box]
                     for f in shade(me, height_field(me, *axes(1.0))))
    face = _paint_face(me, skin[inner], factor, sheen, shadow(front)[box], x[:, box[1]], y[box[0]], rng)
    blend(image[box], face, face_mask(me, x[:, box[1]], y[box[0]]))
    blend(image, colour, alpha)
    return np.clip(image, 0, 1.05) * np.float32(255)


def _paint_face(me: Identity, skin: np.ndarray, factor: np.ndarray, sheen: np.ndarray, cast: np.ndarray,
                x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The lit face with its features, on a window of the sheet."""
    glasses = glasses_layer(me)
    if glasses is not None:
        cast = cast * _glasses_shadow(glasses, me, x, y)
    light = factor * cast
    face = skin * light[..., None]
    oily = 0.055 + 0.05 * np.exp(-(x / 40) ** 2) * (y < me.mouth_y)
    face += (sheen * oily * cast * (1 + 0.25 * noise(light.shape, 1.2, rng)))[..., None]
    paint_lid_skin(face, me, x, y)
    paint_nostrils(face, me, x, y)
    paint_lips(face, me, x, y, light, rng)
    paint_lines(face, me, x, y)
    paint_brows(face, me, x, y, rng)
    return face


def _skin_albedo(me: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour of the skin before light: tone, flush, mottling, pores, freckles, moles and stubble."""
    shape = (y.size, x.size)
    a = np.abs(x)
    tone = 1 + 0.016 * noise(shape, 110, rng) + 0.016 * noise(shape, 40, rng) + 0.016 * noise(shape, 16, rng)
    tone += 0.019 * noise(shape, 8, rng) + 0.017 * me.pores * noise(shape, 4, rng)
    tone += 0.018 * me.pores * noise(shape, 1.6, rng)
    flush = (np.exp(-((a - 76) / 34) ** 2 - ((y - 54) / 30) ** 2)
             + 0.8 * np.exp(-(x / 20) ** 2 - ((y - me.nose_y) / 20) ** 2)
             + 0.4 * np.exp(-(x / 30) ** 2 - ((y - me.chin_y + 25) / 18) ** 2) - 0.3 * np.exp(-((y + 85) / 40) ** 2))
    flush = flush + 0.20 * noise(shape, 26, rng) + 0.10 * noise(shape, 6, rng)
    skin = np.asarray(me.skin, np.float32) * tone[..., None]
    skin *= 1 + flush[..., None] * np.array([-0.055, -0.075, 0.012], np.float32)
    spots = np.zeros(shape, np.uint8)
    for count, low, high, value in ((me.freckles, 0.5, 1.4, 120), (me.moles, 1.5, 3.2, 255)):
        wide = 95 if count > 20 else 120
        centres = np.stack([rng.normal(0, wide * 0.55, count).clip(-wide, wide), rng.uniform(-90, 190, count)], axis=1)
        for centre, radius in zip(to_pixels(centres, x, y), rng.uniform(low, high, count)):
            cv2.circle(spots, tuple(int(c) for c in np.round(centre * 16)), int(radius / TEXEL * 16), value, -1,
                       cv2.LINE_AA, 4)
    spots = cv2.GaussianBlur(spots, (0, 0), 1.4).astype(np.float32) / 255
    skin *= 1 - spots[..., None] * np.array([0.62, 0.52, 0.40], np.float32)
    if me.beard:
        jaw = smoothstep(62, 110, y + 0.16 * a) * smoothstep(1.2, 0.5, np.hypot(x / 150, 0))
        lip = np.exp(-(x / 52) ** 4 - ((y - me.mouth_y + 22) / 15) ** 2)
        clear = 1 - 0.9 * np.exp(-(x / 48) ** 4 - ((y - me.mouth_y - 2) / 13) ** 4)
        area = np.clip(0.8 * jaw + 0.5 * lip, 0, 1) * clear * smoothstep(me.chin_y + 40, me.chin_y + 5, y)
        area = area * (1 - 0.75 * np.exp(-((a - 82) / 34) ** 2 - ((y - 78) / 34) ** 2))
        dots = np.clip(noise(shape, 1.1, rng) - 0.35, 0, 1.5)
        strength = me.beard * area * (0.16 + 0.34 * dots)
        skin *= 1 - strength[..., None] * np.array([0.8, 0.95, 1.05], np.float32)
    return skin


def _glasses_shadow(layer: np.ndarray, me: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Soft shadow of the spectacles' frame on the skin."""
    shift = np.array([X_RANGE[0] + 3 - 4 * me.light[0], Y_RANGE[0] + 6])
    matrix = np.eye(2, 3)
    matrix[:, 2] = to_pixels(shift, x, y)
    cover = cv2.warpAffine(np.where(layer[..., 3] > 0.3, layer[..., 3], 0), matrix, (x.size, y.size))
    return 1 - np.float32(0.34) * blur(cover, 5)


@lru_cache(maxsize=2)
def _full_sheet(seed: int, subject_index: int) -> np.ndarray:
    return paint_sheet(draw_identity(seed, subject_index))


@lru_cache(maxsize=4)
def sheet_level(seed: int, subject_index: int, sigma: float, gray: bool) -> tuple[np.ndarray, float]:
    """A subject's sheet as the optics blur it, no finer than that blur deserves.

    Args:
        seed (int): Seed of the dataset.
        subject_index (int): Counted from 0.
        sigma (float): Blur in canonical pixels.
        gray (bool): One channel instead of three.

    Returns:
        tuple[np.ndarray, float]: ``(H, W)`` or ``(H, W, 3)`` float32 in 0 to 255, read-only, and its texel.
    """
    image = _full_sheet(seed, subject_index)
    if gray:
        image = image @ GRAY
    texel = TEXEL if sigma < 0.9 else 2 * TEXEL if sigma < 1.8 else 4 * TEXEL
    image = cv2.GaussianBlur(image, (0, 0), sigma / TEXEL, borderType=cv2.BORDER_REPLICATE)
    if texel > TEXEL:
        size = (round(WIDTH / texel), round(HEIGHT / texel))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    image = np.ascontiguousarray(image)
    image.setflags(write=False)
    return image, texel
