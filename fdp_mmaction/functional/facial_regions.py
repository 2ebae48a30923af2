"""Facial regions that belong to action units (AUs), as ellipses placed by the 68 landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EYES = (slice(36, 42), slice(42, 48))
"""Points around the eye on the left and on the right of the picture, iBUG order."""
MIRROR = np.array([*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46,
                   39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66,
                   65])
"""Index of the point that a point becomes when the picture is mirrored."""


@dataclass(frozen=True)
class Region:
    """An ellipse of the face. Lengths are in distances between the pupils.

    Args:
        name (str): For example ``'inner brow'``.
        units (tuple[int, ...]): AUs that move it most.
        points (tuple[int, ...]): Landmarks whose mean, with ``offset``, is the middle; for a region of which there are
            two, those of the subject's left one.
        offset (tuple[float, float]): Outward (of a single region: to the right of the picture) and down.
        radii (tuple[float, float]): Across the face, and along it.
        side (str): ``'L'`` or ``'R'`` of the subject, whose left is on the right of the picture; ``''`` for a single
            region in the middle.
    """

    name: str
    units: tuple[int, ...]
    points: tuple[int, ...]
    offset: tuple[float, float]
    radii: tuple[float, float]
    side: str = ''

    @property
    def label(self) -> str:
        """Name with its side, such as ``'inner brow L'``."""
        return f'{self.name} {self.side}'.strip()


_PAIRS = (
    Region('inner brow', (1, 4), (22, 23), (0.0, -0.04), (0.16, 0.11)),
    Region('outer brow', (2,), (25, 26), (-0.04, -0.06), (0.16, 0.11)),
    Region('upper eyelid', (5,), (43, 44), (0.0, -0.06), (0.18, 0.06)),
    Region('lower eyelid', (7,), (46, 47), (0.0, 0.07), (0.18, 0.06)),
    Region('nose side', (9,), (35,), (0.02, -0.12), (0.09, 0.16)),
    Region('cheek', (6,), (46, 47), (0.06, 0.34), (0.20, 0.14)),
    Region('mouth corner', (12, 14, 15, 20), (54,), (0.02, 0.0), (0.12, 0.12)),
)
_SINGLE = (
    Region('upper lip', (10,), (50, 51, 52, 61, 62, 63), (0.0, -0.04), (0.22, 0.08)),
    Region('lower lip', (16, 24), (56, 57, 58, 65, 66, 67), (0.0, 0.04), (0.22, 0.08)),
    Region('chin', (17,), (7, 8, 9), (0.0, -0.22), (0.24, 0.12)),
)

REGIONS: tuple[Region, ...] = (*(Region(*(region.name, region.units, region.points, region.offset, region.radii), side)
                                 for region in _PAIRS for side in 'RL'), *_SINGLE)
"""All regions: of pairs the subject's right one first, which is on the left of the picture."""


def region_ellipses(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the regions of a face are.

    Args:
        landmarks (np.ndarray): ``(68, 2)`` (x, y) in pixels, iBUG order.

    Returns:
        tuple[np.ndarray, np.ndarray, float]: Middles ``(R, 2)`` and radii ``(R, 2)`` in pixels in the order of
        :data:`REGIONS`, and the angle in radians by which the line between the eyes is turned (clockwise as seen).

    Raises:
        ValueError: If these are not 68 points, or both eyes lie in one place.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (68, 2):
        raise ValueError(f'Regions are placed by 68 landmarks, (68, 2); got an array of shape {points.shape}.')
    across = points[EYES[1]].mean(axis=0) - points[EYES[0]].mean(axis=0)
    unit = float(np.hypot(*across))
    if not unit > 0:
        raise ValueError('Regions are measured by the distance between the eyes, and both lie in one place.')
    across = across / unit
    along = np.array([-across[1], across[0]])                   # down the face
    centres = np.empty((len(REGIONS), 2))
    for row, region in zip(centres, REGIONS):
        mirrored = region.side == 'R'
        chosen = MIRROR[list(region.points)] if mirrored else list(region.points)
        outward, down = region.offset
        row[:] = points[chosen].mean(axis=0) + unit * ((-outward if mirrored else outward) * across + down * along)
    radii = unit * np.array([region.radii for region in REGIONS])
    return centres, radii, float(np.arctan2(across[1], across[0]))


def region_masks(landmarks: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pixels of the regions.

    Args:
        landmarks (np.ndarray): ``(68, 2)`` (x, y) in pixels.
        height (int): H of the frame.
        width (int): W of the frame.

    Returns:
        np.ndarray: ``(R, H, W)`` bool in the order of :data:`REGIONS`; regions may overlap, and one outside the frame
        has no pixel.

    Raises:
        ValueError: See :func:`region_ellipses`.
    """
    centres, radii, angle = region_ellipses(landmarks)
    y, x = np.mgrid[:height, :width]
    dx, dy = x - centres[:, 0, None, None], y - centres[:, 1, None, None]
    across = (np.cos(angle) * dx + np.sin(angle) * dy) / radii[:, 0, None, None]
    along = (np.cos(angle) * dy - np.sin(angle) * dx) / radii[:, 1, None, None]
    return across ** 2 + along ** 2 <= 1
