"""One subject's looks and manner of moving, as numbers.

Canonical coordinates are pixels of a 640 x 480 camera looking straight at the subject. Shapes are given
relative to the *face origin*, the point midway between the eyes: x to the image's right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .plan import identity_rng

HAIR_STYLES = ('short', 'side', 'fringe', 'long', 'tied', 'buzz')


@dataclass(frozen=True)
class Identity:
    """Measures of a face in pixels, colours in BGR from 0 to 1. Drawn by :func:`draw_identity`."""

    origin: tuple[float, float]
    # Outline: half width at the cheekbones, height of the chin and top of the skull, and jaw shape.
    half_width: float
    chin_y: float
    crown_y: float
    hairline_y: float
    jaw_power: float
    jaw_roundness: float
    jaw_taper: float
    # Eyes and brows.
    eye_x: float
    eye_half_width: float
    eye_slant: float
    lid_up: float
    lid_low: float
    crease: float
    brow_y: float
    brow_thickness: float
    brow_arch: float
    brow_inner: float
    brow_outer: float
    brow_density: float
    brow_slope: float
    # Nose and mouth.
    nose_y: float
    nose_half_width: float
    nose_depth: float
    mouth_y: float
    mouth_half_width: float
    mouth_curve: float
    lip_up: float
    lip_low: float
    # Surface.
    skin: tuple[float, float, float]
    lip: tuple[float, float, float]
    hair: tuple[float, float, float]
    iris: tuple[float, float, float]
    wrinkles: tuple[float, ...]
    pores: float
    freckles: int
    moles: int
    beard: float
    # Surroundings.
    hair_style: str
    glasses: str
    light: tuple[float, float]
    light_contrast: float
    background: tuple[float, float, float]
    shirt: tuple[float, float, float]
    collar: float
    texture_seed: int
    style: tuple[float, ...]


@lru_cache(maxsize=256)
def draw_identity(seed: int, subject_index: int) -> Identity:
    """Draw a subject.

    Args:
        seed (int): Seed of the dataset.
        subject_index (int): Counted from 0.

    Returns:
        Identity: The same for the same arguments, whatever else is made.
    """
    rng = identity_rng(seed, subject_index)
    uniform = rng.uniform
    male = uniform() < 0.5
    tone = rng.beta(2.0, 2.6)  # 0 light, 1 dark
    light_skin, dark_skin = np.array([0.66, 0.76, 0.93]), np.array([0.22, 0.30, 0.43])
    skin = light_skin * (1 - tone) + dark_skin * tone
    skin = skin * (1 + rng.normal(0, 0.02, 3))
    lip = skin * np.array([0.76, 0.70, 0.90]) * (0.97 if male else 0.94)
    palettes = np.array([[0.06, 0.06, 0.07], [0.08, 0.10, 0.14], [0.10, 0.16, 0.25],
                         [0.22, 0.36, 0.52], [0.42, 0.43, 0.44]])
    hair_p = np.array([0.46, 0.32, 0.12, 0.06, 0.04]) if tone < 0.45 else np.array([0.62, 0.3, 0.03, 0.0, 0.05])
    hair = palettes[rng.choice(5, p=hair_p)] * uniform(0.85, 1.15)
    irises = np.array([[0.08, 0.13, 0.22], [0.11, 0.20, 0.34], [0.30, 0.36, 0.32], [0.46, 0.38, 0.28]])
    iris = irises[rng.choice(4, p=[0.6, 0.28, 0.06, 0.06] if tone < 0.4 else [0.75, 0.25, 0.0, 0.0])]
    styles_p = [0.4, 0.28, 0.08, 0.02, 0.04, 0.18] if male else [0.06, 0.12, 0.22, 0.36, 0.22, 0.02]
    walls = np.array([[0.62, 0.62, 0.60], [0.55, 0.58, 0.60], [0.64, 0.60, 0.54], [0.50, 0.55, 0.52],
                      [0.70, 0.70, 0.69]])
    eye_half = uniform(28, 33)
    age = rng.beta(1.6, 2.4)
    return Identity(
        origin=(320.0 + uniform(-3, 3), 212.0 + uniform(-4, 4)),
        half_width=uniform(135, 144) + (2 if male else -2),
        chin_y=uniform(203, 218) + (3 if male else -3),
        crown_y=-uniform(184, 198),
        hairline_y=-uniform(114, 138),
        jaw_power=uniform(2.1, 2.8) + (0.3 if male else -0.1),
        jaw_roundness=uniform(1.75, 2.15),
        jaw_taper=uniform(0.11, 0.19) - (0.02 if male else -0.01),
        eye_x=uniform(62, 68),
        eye_half_width=eye_half,
        eye_slant=uniform(-1, 7),
        lid_up=uniform(9.5, 14.5),
        lid_low=uniform(4.0, 6.5),
        crease=uniform(0, 1),
        brow_y=-uniform(36, 44),
        brow_thickness=uniform(8, 12) if male else uniform(5.5, 9),
        brow_arch=uniform(3, 10),
        brow_inner=uniform(24, 31),
        brow_outer=uniform(103, 112),
        brow_density=uniform(0.6, 1.0),
        brow_slope=uniform(0, 9),
        nose_y=uniform(78, 89),
        nose_half_width=uniform(31, 39) + (2 if male else -1),
        nose_depth=uniform(0.8, 1.2),
        mouth_y=uniform(127, 137),
        mouth_half_width=uniform(46, 56),
        mouth_curve=uniform(-5, 0.5),
        lip_up=uniform(9, 13.5),
        lip_low=uniform(13, 19),
        skin=_floats(skin), lip=_floats(lip), hair=_floats(hair), iris=_floats(iris),
        # forehead, glabella, crow's feet, under the eye, nasolabial, mouth corner, chin
        wrinkles=_floats(np.clip(0.08 + 0.6 * age + rng.normal(0, 0.18, 7), 0.02, 1.0)),
        pores=uniform(0.7, 1.3),
        freckles=int(uniform(60, 260)) if (tone < 0.4 and uniform() < 0.25) else int(uniform(0, 12)),
        moles=int(rng.integers(1, 6)),
        beard=float(uniform(0.25, 0.9)) if male and uniform() < 0.6 else 0.0,
        hair_style=HAIR_STYLES[rng.choice(6, p=styles_p)],
        glasses=str(rng.choice(['none', 'round', 'square', 'thin'], p=[0.68, 0.1, 0.13, 0.09])),
        light=(float(rng.normal(0, 0.35)), -float(uniform(0.25, 0.7))),
        light_contrast=uniform(0.75, 1.15),
        background=_floats(walls[rng.integers(5)] * uniform(0.75, 1.1)),
        shirt=_floats(rng.uniform(0.08, 0.75, 3) * 0.5 + uniform(0.05, 0.38)),
        collar=uniform(0, 1),
        texture_seed=int(rng.integers(2 ** 31)),
        style=_floats(rng.standard_normal(160)),
    )


def _floats(values: np.ndarray) -> tuple[float, ...]:
    """Plain floats: numpy's own would turn float32 pictures into float64."""
    return tuple(values.tolist())


def outline_half_width(identity: Identity, y: np.ndarray) -> np.ndarray:
    """Half width of the head at a height: skull above the cheekbones, jaw below.

    Args:
        identity (Identity): The subject.
        y (np.ndarray): Heights relative to the face origin, in pixels.

    Returns:
        np.ndarray: Half widths in pixels, 0 above the crown and below the chin.
    """
    y = np.asarray(y)
    cheek = 22.0
    below = np.clip((y - cheek) / (identity.chin_y - cheek), 0, 1)
    above = np.clip((cheek - y) / (cheek - identity.crown_y), 0, 1)
    taper = np.clip((below - 0.05) / 0.85, 0, 1)
    jaw = np.maximum(1 - below ** identity.jaw_power, 0) ** (1 / identity.jaw_roundness)
    skull = np.sqrt(np.maximum(1 - above ** 2.6, 0))
    jaw = jaw * (1 - identity.jaw_taper * taper * taper * (3 - 2 * taper))
    return identity.half_width * np.where(y > cheek, jaw, skull)


def brow_curve(identity: Identity, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre line of the brow on the image's right: ``s`` from 0 (inner end) to 1 (outer end)."""
    s = np.asarray(s, dtype=np.float64)
    x = identity.brow_inner + (identity.brow_outer - identity.brow_inner) * s
    y = identity.brow_y + identity.brow_slope * (0.5 - s) + 4.5 * s ** 3
    y = y - identity.brow_arch * np.sin(np.pi * s ** 1.35)
    return x, y


def lid_curves(identity: Identity, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height of the upper and lower lid at rest along the eye axis, ``u`` from -1 (inner) to 1 (outer)."""
    u = np.clip(u, -1, 1)
    upper = -identity.lid_up * (1 - np.abs(u) ** 2.2) * (1 - 0.10 * u)
    lower = identity.lid_low * (1 - np.abs(u) ** 2.4) * (1 + 0.25 * u)
    return upper, lower


def mouth_curves(identity: Identity, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper edge, parting line and lower edge of the lips, ``u`` from -1 to 1 across the mouth.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Heights relative to the face origin, in pixels.
    """
    a = np.minimum(np.abs(u), 1)
    line = identity.mouth_y + identity.mouth_curve * a ** 2 + 1.2 * np.exp(-(a / 0.16) ** 2)
    bow = (1 - a ** 1.5) * (1 - 0.24 * np.exp(-(a / 0.13) ** 2))
    upper = line - identity.lip_up * bow
    lower = line + identity.lip_low * (1 - a ** 2.1) * (1 - 0.04 * np.exp(-(a / 0.2) ** 2))
    return upper, line, lower


@lru_cache(maxsize=16)
def rest_landmarks(identity: Identity) -> np.ndarray:
    """The 68 landmarks of the resting face.

    Args:
        identity (Identity): The subject.

    Returns:
        np.ndarray: ``(68, 2)`` float64 in canonical pixels, iBUG order; read-only.
    """
    points = np.empty((68, 2))
    # Jaw: evenly spaced along the outline from ear to chin.
    y = np.linspace(-4, identity.chin_y, 2000)
    x = outline_half_width(identity, y)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.linspace(0, length[-1], 9)
    jaw = np.stack([np.interp(at, length, x), np.interp(at, length, y)], axis=1)
    points[:9] = jaw * (-1, 1)
    points[8:17] = jaw[::-1]
    brow = np.stack(brow_curve(identity, np.linspace(0.02, 0.98, 5)), axis=1)
    points[22:27] = brow
    points[17:22] = brow[::-1] * (-1, 1)
    points[27:31, 0] = 0
    points[27:31, 1] = np.linspace(4, identity.nose_y, 4)
    points[31:36, 0] = identity.nose_half_width * np.array([-0.66, -0.36, 0, 0.36, 0.66])
    points[31:36, 1] = identity.nose_y + np.array([11, 14, 16, 14, 11])
    points[42:48] = eye_to_face(identity, *_lid_landmarks(identity))
    points[[39, 38, 37, 36, 41, 40]] = points[42:48] * (-1, 1)
    u = np.array([-1, -0.66, -0.3, 0, 0.3, 0.66, 1])
    upper, _, lower = mouth_curves(identity, u)
    points[48:55] = np.stack([u * identity.mouth_half_width, upper], axis=1)
    points[55:60] = np.stack([u[5:0:-1] * identity.mouth_half_width, lower[5:0:-1]], axis=1)
    u = np.array([-0.85, -0.35, 0, 0.35, 0.85])
    line = mouth_curves(identity, u)[1]
    points[60:65] = np.stack([u * identity.mouth_half_width, line], axis=1)
    points[65:68] = points[[63, 62, 61]]
    points += np.asarray(identity.origin)
    points.setflags(write=False)
    return points


LID_LANDMARK_U = np.array([-1, -0.36, 0.36, 1, 0.36, -0.36])
"""Place along the eye axis of landmarks 42 to 47: inner corner, upper lid, outer corner, lower lid."""


def _lid_landmarks(identity: Identity) -> tuple[np.ndarray, np.ndarray]:
    upper, lower = lid_curves(identity, LID_LANDMARK_U)
    v = np.where(np.arange(6) < 3, upper, lower)
    return LID_LANDMARK_U, v


def eye_axes(identity: Identity) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along and across the axis of the eye on the image's right (the outer corner is higher)."""
    along = np.array([identity.eye_half_width, -identity.eye_slant / 2])
    along /= np.hypot(*along)
    return along, np.array([-along[1], along[0]])


def eye_to_face(identity: Identity, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Points of the eye on the image's right, from eye to face coordinates.

    Args:
        identity (Identity): The subject.
        u (np.ndarray): Along the axis, -1 at the inner corner, 1 at the outer one.
        v (np.ndarray): Across the axis, in pixels, down.

    Returns:
        np.ndarray: ``(..., 2)`` relative to the face origin.
    """
    along, across = eye_axes(identity)
    centre = np.array([identity.eye_x, 0.0])
    return centre + np.multiply.outer(u * identity.eye_half_width, along) + np.multiply.outer(v, across)
