"""A coarse last resort without any model file: a face box, and a mean face put into it.

The box is that of the LBP cascade (Liao et al., ICB 2007) that comes with scikit-image. The points are not looked for
in the image: they tell where the face is and how large, and nothing of its pose and its expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import cv2
import numpy as np

from .crops import Finder
from .detected_source import DetectedLandmarks
from .mean_shape import place_mean_shape

LOOKED_AT = 240
"""Shorter side of the image as the cascade sees it, in pixels."""

EYES_DOWN, EYES_APART = 0.40, 0.43
"""Height of the eyes in the box and distance between them, as shares of its side."""

_SHARES = (('cascade', 0.2), ('cascade_small', 0.1))
"""Finders, and the least side of a face as a share of the shorter side of the image."""


@dataclass(frozen=True)
class BoxLandmarks(DetectedLandmarks):
    """A mean face in the box of the face.

    Good for a coarse alignment, one transform per clip; useless as the truth of a landmark task.

    Args:
        per (str): See :class:`DetectedLandmarks`. ``'frame'`` jumps by pixels from frame to frame.
            Defaults to 'onset'.
        onset_search (int): See :class:`DetectedLandmarks`. Defaults to 5.
    """

    per: str = 'onset'

    def versions(self) -> dict[str, str]:
        """Name and version of the cascade's package."""
        import skimage
        return {'name': 'scikit-image', 'version': str(skimage.__version__)}

    def finders(self) -> Sequence[tuple[str, Finder]]:
        """The cascade for large faces, then for smaller ones."""
        return tuple((name, partial(_find_mean_face, share=share)) for name, share in _SHARES)


def find_face_box(image: np.ndarray, share: float = 0.05) -> tuple[float, float, float, float] | None:
    """The largest face box of the cascade.

    Args:
        image (np.ndarray): ``(H, W, 3)`` uint8 RGB.
        share (float): Least side of the box over the shorter side of the image. Defaults to 0.05.

    Returns:
        tuple | None: Left, top, width and height in pixels, or None.
    """
    height, width = image.shape[:2]
    # The cascade's window is 24 pixels: no smaller than that, and no larger than need be.
    scale = min(1.0, max(LOOKED_AT, 24 / share) / min(height, width))
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least, most = max(24, round(share * min(gray.shape))), min(gray.shape)
    if most < least:
        return None
    found = _open().detect_multi_scale(img=gray / 255.0, scale_factor=1.1, step_ratio=1.0, min_size=(least, least),
                                       max_size=(most, most))
    if not found:
        return None
    box = max(found, key=lambda one: one['width'] * one['height'])
    return box['c'] / scale, box['r'] / scale, box['width'] / scale, box['height'] / scale


def _find_mean_face(image: np.ndarray, share: float) -> np.ndarray | None:
    box = find_face_box(image, share)
    if box is None:
        return None
    left, top, width, height = box
    return place_mean_shape(left + width / 2 - 0.5, top + EYES_DOWN * height - 0.5, EYES_APART * width)


@lru_cache(maxsize=1)
def _open() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade
    return Cascade(lbp_frontal_face_cascade_filename())
