"""Looking closer: a square cut out around a box, so that a small face fills more of the image."""

from __future__ import annotations

from typing import Callable

import cv2
import numpy as np

Finder = Callable[[np.ndarray], 'np.ndarray | None']
"""``find(image (H, W, 3) uint8 RGB)``: landmarks ``(68, 2)`` in its pixels, or None."""

BoxFinder = Callable[[np.ndarray], 'tuple[float, float, float, float] | None']
"""``find(image (H, W, 3) uint8 RGB)``: left, top, width and height of a face in pixels, or None."""

CROP_FACTOR = 2.0


def square_crop(image: np.ndarray, box: tuple[float, float, float, float],
                factor: float = CROP_FACTOR) -> tuple[np.ndarray, tuple[int, int]]:
    """Cut a square out of an image; beyond the image its edge is repeated.

    Args:
        image (np.ndarray): ``(H, W, 3)`` uint8.
        box (tuple): Left, top, width and height in pixels. Its centre is the centre of the square.
        factor (float): Side of the square over the longer side of the box. Defaults to 2.

    Returns:
        tuple: The square ``(side, side, 3)`` uint8, contiguous, and the image's column and row of its first pixel.
    """
    height, width = image.shape[:2]
    left, top, box_width, box_height = box
    side = int(np.clip(np.ceil(factor * max(box_width, box_height)), 1, 2 * max(height, width)))
    x = int(round(np.clip(left + box_width / 2, 0, width) - side / 2))
    y = int(round(np.clip(top + box_height / 2, 0, height) - side / 2))
    before = max(0, -y), max(0, -x)
    after = max(0, y + side - height), max(0, x + side - width)
    inside = image[max(0, y):y + side, max(0, x):x + side]
    square = cv2.copyMakeBorder(inside, before[0], after[0], before[1], after[1], cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(square), (x, y)


def find_in_crop(image: np.ndarray, find_box: BoxFinder, find: Finder, factor: float = CROP_FACTOR
                 ) -> np.ndarray | None:
    """Find a box first, then the landmarks in a crop around it.

    Args:
        image (np.ndarray): ``(H, W, 3)`` uint8 RGB.
        find_box (BoxFinder): Finds the box.
        find (Finder): Finds the landmarks in the crop.
        factor (float): Side of the crop over the longer side of the box. Defaults to 2.

    Returns:
        np.ndarray | None: ``(68, 2)`` in pixels of ``image``, or None.
    """
    box = find_box(image)
    if box is None:
        return None
    crop, corner = square_crop(image, box, factor)
    points = find(crop)
    return None if points is None else points + corner


def face_width(points: np.ndarray) -> float:
    """Width of a face in pixels, from jaw to jaw at the height of the ears.

    Args:
        points (np.ndarray): ``(68, 2)``, iBUG order.

    Returns:
        float: Distance of the first and the last point of the jaw.
    """
    return float(np.hypot(*(points[16] - points[0])))
