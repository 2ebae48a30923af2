"""Eyeballs, and how an eye is put together from eyeball, lids and lashes."""

from __future__ import annotations

import numpy as np

from .canvas import noise, smoothstep
from .identity import Identity
from .lids import LidState

TEXEL = 0.25
HALF_SIZE = (56.0, 36.0)
"""Half width and height of the eyeball picture in canonical pixels."""


def eyeball(identity: Identity) -> np.ndarray:
    """Picture of the eyeball on the image's right, looking straight ahead.

    Args:
        identity (Identity): The subject.

    Returns:
        np.ndarray: ``(288, 448, 3)`` float32 BGR, 0 to 1, ``TEXEL`` canonical pixels per pixel, centred.
    """
    rng = np.random.default_rng(identity.texture_seed + 7)
    x = np.arange(-HALF_SIZE[0] + TEXEL / 2, HALF_SIZE[0], TEXEL)[None, :]
    y = np.arange(-HALF_SIZE[1] + TEXEL / 2, HALF_SIZE[1], TEXEL)[:, None]
    shape = (y.size, x.size)
    ball = 1 - 0.42 * np.clip(np.hypot(x, y * 0.8) / 34, 0, 1.2) ** 2.4
    veins = np.clip(noise(shape, 7, rng) - 1.1, 0, 1) * smoothstep(13, 26, np.abs(x))
    image = np.array([0.80, 0.82, 0.86], np.float32) * ball[..., None]
    image *= 1 - veins[..., None] * np.array([0.22, 0.22, 0.06], np.float32)
    # The iris sits a little high, so that the upper lid covers its top.
    cy, radius, pupil = -2.0, 12.4, 4.3
    r, angle = np.hypot(x, y - cy), np.arctan2(y - cy, x)
    phases, counts = rng.uniform(0, 2 * np.pi, 14), rng.integers(9, 60, 14)
    rays = sum(np.sin(c * angle + p + 0.1 * r) for c, p in zip(counts, phases)) / 14
    tone = 0.85 + 0.8 * rays + 0.35 * smoothstep(pupil + 5, pupil, r) - 0.55 * smoothstep(radius - 3.5, radius, r)
    tone = tone * (1 + 0.25 * smoothstep(-8, 9, y - cy))
    iris = np.asarray(identity.iris, np.float32) * np.clip(tone, 0.15, 2)[..., None]
    alpha = smoothstep(radius + 0.9, radius - 0.9, r)[..., None]
    image += (iris - image) * alpha
    image *= 1 - 0.95 * smoothstep(pupil + 0.8, pupil - 0.8, r)[..., None]
    return image.astype(np.float32)


def eye_layers(identity: Identity, u: np.ndarray, v: np.ndarray, state: LidState, soft: float, side: int,
               gaze: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """How to lay an eye over the skin.

    Args:
        identity (Identity): The subject.
        u (np.ndarray): Eye coordinate along the axis.
        v (np.ndarray): Eye coordinate across the axis, in pixels.
        state (LidState): Current lids at ``u``.
        soft (float): Spacing of the output pixels in canonical pixels; thin lines are softened accordingly.
        side (int): 0 the eye on the image's left, 1 on its right.
        gaze (np.ndarray): ``(2, ...)`` displacement of the iris, broadcast with ``u``; x outward.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]: Coverage of the open eye, factor on the
        eyeball's colour, highlight to add to it, and coverage of the dark lash line over everything.
    """
    blur = 0.4 * soft
    edge = 0.7 + 0.5 * soft
    opening = smoothstep(-edge, edge, v - state.upper) * smoothstep(-edge, edge, state.lower - v)
    opening = opening * smoothstep(1.04, 0.97, np.abs(u))
    below = np.maximum(v - state.upper, 0)
    factor = 1 - 0.52 * np.exp(-below / 3.6) - 0.16 * np.exp(-np.maximum(state.lower - v, 0) / 2.0)
    factor = factor * (1 - 0.30 * smoothstep(0.5, 1.0, np.abs(u)))
    lx, ly = identity.light
    px = 5.5 * lx * (1 if side else -1) + 1.5 + 0.35 * gaze[0]
    py = -4.0 + 3.0 * ly + 0.35 * gaze[1]
    wide = 1.5 ** 2 + blur ** 2
    spot = (1.5 ** 2 / wide) * np.exp(-0.5 * ((u * identity.eye_half_width - px) ** 2 + (v - py) ** 2) / wide)
    thick = 1.15 + 0.45 * u
    reach = np.sqrt(thick ** 2 + blur ** 2)
    upper = 0.92 * (thick / reach) * np.exp(-((v - state.upper + 0.2) / (1.25 * reach)) ** 2)
    upper = upper * smoothstep(1.14, 0.9, np.abs(u))
    reach = np.sqrt(0.8 ** 2 + blur ** 2)
    lower = 0.36 * (0.8 / reach) * np.exp(-((v - state.lower - 0.3) / (1.25 * reach)) ** 2)
    lower = lower * smoothstep(1.06, 0.85, np.abs(u)) * (0.65 + 0.35 * u)
    return opening, factor, 0.85 * spot, np.maximum(upper, lower)
