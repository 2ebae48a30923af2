"""Displacement fields of facial action units, as sums of smooth bumps anchored on landmarks.

A bump is defined for the image's right half of the face (the subject's left) and mirrored for the other.
The kernel ``(1 - r^2 / 16)^8`` stays within 0.03 of a Gaussian, is smooth, and is exactly zero beyond
four standard deviations; it needs no exponential, so it is the same on every machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fdp_mmaction.errors import DatasetError

from .identity import Identity, rest_landmarks


class Bump(NamedTuple):
    """One part of an action unit. Lengths in pixels of a face 280 px wide; x outward, y down."""

    landmark: int                     # iBUG index on the image's right half
    offset: tuple[float, float]       # of the centre from that landmark
    move: tuple[float, float]         # displacement at the centre, relative to the unit's peak
    sigma: tuple[float, float]        # standard deviations


class Unit(NamedTuple):
    """An action unit: skin bumps, and displacement of the upper and lower lid (down positive)."""

    name: str
    bumps: tuple[Bump, ...]
    lids: tuple[float, float] = (0.0, 0.0)


UNITS: dict[int, Unit] = {
    1: Unit('inner brow raiser', (
        Bump(22, (2, -2), (0, -1.0), (20, 18)), Bump(23, (-6, -30), (0, -0.55), (26, 22)),
        Bump(43, (0, -16), (0, -0.25), (16, 10)))),
    2: Unit('outer brow raiser', (
        Bump(25, (2, -2), (0.1, -1.0), (22, 18)), Bump(25, (4, -30), (0.05, -0.55), (28, 22)),
        Bump(44, (6, -14), (0, -0.25), (16, 10)))),
    4: Unit('brow lowerer', (
        Bump(22, (0, 0), (-0.65, 0.75), (18, 16)), Bump(24, (0, 0), (-0.3, 0.55), (26, 16)),
        Bump(22, (-14, -26), (-0.2, 0.4), (20, 22)), Bump(43, (0, -14), (0, 0.3), (18, 9))), (0.3, 0.0)),
    5: Unit('upper lid raiser', (
        Bump(43, (6, -7), (0, -0.8), (18, 7)), Bump(24, (0, 6), (0, -0.2), (26, 12))), (-1.1, 0.0)),
    6: Unit('cheek raiser', (
        Bump(46, (2, 28), (-0.05, -1.0), (27, 18)), Bump(45, (16, 8), (-0.55, -0.35), (15, 18)),
        Bump(46, (22, 55), (0.1, -0.45), (26, 22))), (0.15, -0.75)),
    7: Unit('lid tightener', (
        Bump(46, (-8, 7), (-0.15, -0.85), (22, 8)), Bump(45, (8, 2), (-0.5, 0.0), (13, 11))), (0.45, -0.9)),
    9: Unit('nose wrinkler', (
        Bump(35, (2, -6), (0.15, -1.0), (15, 18)), Bump(28, (10, 6), (-0.1, -0.75), (12, 16)),
        Bump(22, (0, 2), (-0.35, 0.45), (16, 13)), Bump(52, (4, -10), (0.05, -0.5), (18, 12)),
        Bump(47, (-4, 22), (0.1, -0.4), (16, 15)))),
    10: Unit('upper lip raiser', (
        Bump(52, (4, -3), (0.1, -1.0), (19, 12)), Bump(35, (20, 10), (0.3, -0.65), (16, 18)),
        Bump(35, (4, 0), (0.1, -0.4), (13, 12)))),
    12: Unit('lip corner puller', (
        Bump(54, (0, 0), (0.75, -0.7), (20, 16)), Bump(54, (22, -30), (0.3, -0.55), (26, 24)),
        Bump(56, (0, 4), (0.35, -0.2), (18, 12)), Bump(46, (8, 40), (0.05, -0.3), (26, 18)))),
    14: Unit('dimpler', (
        Bump(54, (-3, 0), (0.9, 0.05), (14, 13)), Bump(54, (26, -2), (-0.65, 0.05), (14, 22)),
        Bump(56, (-4, 0), (0.35, -0.1), (14, 11)))),
    15: Unit('lip corner depressor', (
        Bump(54, (0, 2), (0.15, 1.0), (17, 15)), Bump(54, (4, 28), (0.05, 0.55), (19, 20)),
        Bump(53, (0, 0), (0.0, 0.3), (15, 10)))),
    17: Unit('chin raiser', (
        Bump(8, (8, -24), (0, -0.95), (19, 17)), Bump(57, (11, 2), (0, -0.8), (19, 12)),
        Bump(54, (-6, 8), (0, -0.15), (14, 12)))),
    20: Unit('lip stretcher', (
        Bump(54, (0, 2), (1.0, 0.15), (20, 16)), Bump(54, (26, 6), (0.5, 0.1), (24, 24)))),
    24: Unit('lip presser', (
        Bump(51, (10, -2), (0, 0.55), (22, 8)), Bump(57, (10, 2), (0, -0.7), (22, 9)),
        Bump(54, (-4, 0), (-0.4, 0), (13, 10)))),
}
"""Action unit number -> its definition."""

_STYLE = 5  # numbers of Identity.style per unit: gain, direction, width, and place (2)


def bump_kernel(r2: np.ndarray) -> np.ndarray:
    """The bump at squared distance ``r2``, in standard deviations squared: 1 at 0, 0 from 16 on."""
    k = np.maximum(1 - r2 * np.asarray(1 / 16, dtype=r2.dtype), 0)
    k *= k
    k *= k
    k *= k
    return k


def unit_bumps(identity: Identity, unit: int, side: str, style: float = 0.0) -> np.ndarray:
    """Bumps of one side of an action unit on a subject's face.

    Args:
        identity (Identity): The subject.
        unit (int): Number of the action unit, a key of :data:`UNITS`.
        side (str): ``'L'`` or ``'R'``: the subject's left (image's right) or right side.
        style (float): How much of the subject's own manner to apply; 0 is none. Defaults to 0.

    Returns:
        np.ndarray: ``(n, 6)`` float64: centre x and y, standard deviations x and y, displacement x and y
        at unit strength; canonical pixels.

    Raises:
        DatasetError: If the unit or the side is unknown.
    """
    if unit not in UNITS:
        raise DatasetError(f'Action unit {unit} is not among those the generator can move: {sorted(UNITS)}.')
    if side not in ('L', 'R'):
        raise DatasetError(f"The side of an action unit must be 'L' or 'R', got {side!r}.")
    origin = np.asarray(identity.origin)
    landmarks = rest_landmarks(identity) - origin
    gain, turn, width, dx, dy = style * np.asarray(identity.style[unit * _STYLE:(unit + 1) * _STYLE])
    turn = np.clip(turn, -2, 2) * 0.22
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    width = 1 + 0.12 * np.clip(width, -2, 2)
    gain = 1 + 0.25 * np.clip(gain, -2, 2)
    bumps = np.empty((len(UNITS[unit].bumps), 6))
    for row, bump in zip(bumps, UNITS[unit].bumps):
        row[:2] = landmarks[bump.landmark] + bump.offset + np.clip([dx, dy], -2, 2) * 2.5
        row[2:4] = np.multiply(bump.sigma, width)
        row[4:] = gain * (rotation @ np.asarray(bump.move))
    if side == 'R':
        bumps[:, [0, 4]] *= -1
    bumps[:, :2] += origin
    return bumps


def displacement(bumps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Sum of bumps at points.

    Args:
        bumps (np.ndarray): ``(n, 6)`` from :func:`unit_bumps`.
        points (np.ndarray): ``(2, ...)``, x and y in canonical pixels; its type is kept.

    Returns:
        np.ndarray: ``(2, ...)`` displacement in pixels.
    """
    total = np.zeros_like(points)
    for cx, cy, sx, sy, dx, dy in bumps.tolist():
        r2 = (points[0] - cx) * (1 / sx)
        r2 *= r2
        ry = (points[1] - cy) * (1 / sy)
        ry *= ry
        r2 += ry
        k = bump_kernel(r2)
        total[0] += k * dx
        total[1] += k * dy
    return total
