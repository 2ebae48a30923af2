"""Similarity alignment of a face from its 68 landmarks (iBUG order).

The geometry is that of the FDP and MOL systems: rotate until the line through the eye centres is
horizontal, take the bounding box of five points (eye centres, nose tip, mouth corners), enlarge its
longer side by ``box_factor`` into a square, and warp that square to ``size`` x ``size`` pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from fdp_mmaction.errors import FaceError

LEFT_EYE = slice(36, 42)   # the eye on the image's left side
RIGHT_EYE = slice(42, 48)
NOSE_TIP = 30
MOUTH_CORNERS = (48, 54)


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """Eye centres, nose tip and mouth corners.

    Args:
        landmarks (np.ndarray): ``(68, 2)``, x and y in pixels, iBUG order.

    Returns:
        np.ndarray: ``(5, 2)`` float64: left eye, right eye, nose tip, left and right mouth corner.

    Raises:
        FaceError: If the shape is not ``(68, 2)`` or a value is not finite.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (68, 2):
        raise FaceError(f'Alignment needs landmarks of shape (68, 2) in iBUG order, got {points.shape}.')
    if not np.isfinite(points).all():
        raise FaceError('Alignment needs finite landmarks; found NaN or infinity: detect this face again.')
    return np.stack([
        points[LEFT_EYE].mean(axis=0), points[RIGHT_EYE].mean(axis=0), points[NOSE_TIP],
        points[MOUTH_CORNERS[0]], points[MOUTH_CORNERS[1]],
    ])


def alignment_matrix(landmarks: np.ndarray, size: int = 144, box_factor: float = 2.5) -> np.ndarray:
    """The similarity transform from image pixels to aligned pixels.

    Args:
        landmarks (np.ndarray): ``(68, 2)``, x and y in pixels of the source image.
        size (int): Side of the aligned square in pixels. Defaults to 144.
        box_factor (float): Enlargement of the five-point box. Defaults to 2.5.

    Returns:
        np.ndarray: ``(2, 3)`` float64; ``aligned = matrix @ (x, y, 1)``.

    Raises:
        FaceError: If the landmarks are unusable (wrong shape, not finite, all five points in one place).
    """
    points = five_points(landmarks)
    dx, dy = points[1] - points[0]
    distance = np.hypot(dx, dy)
    if distance < 1e-6:
        raise FaceError('Alignment needs two distinct eye centres; both lie in one point: detect this face again.')
    cos, sin = dx / distance, dy / distance
    rotation = np.array([[cos, sin], [-sin, cos]])
    rotated = points @ rotation.T
    low, high = rotated.min(axis=0), rotated.max(axis=0)
    half = 0.5 * box_factor * (high - low).max()
    scale = (size - 1) / 2 / half
    centre = (low + high) / 2
    matrix = np.empty((2, 3))
    matrix[:, :2] = scale * rotation
    matrix[:, 2] = (size - 1) / 2 - scale * centre
    return matrix


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Apply a 2x3 transform to points.

    Args:
        points (np.ndarray): ``(..., 2)``, x and y.
        matrix (np.ndarray): ``(2, 3)``.

    Returns:
        np.ndarray: ``(..., 2)`` float64.
    """
    return np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]


def warp_face(image: np.ndarray, matrix: np.ndarray, size: int = 144, border: int = 128) -> np.ndarray:
    """Warp an image into the aligned square (bilinear).

    Args:
        image (np.ndarray): ``(H, W)`` or ``(H, W, 3)`` uint8.
        matrix (np.ndarray): ``(2, 3)`` from :func:`alignment_matrix`.
        size (int): Side of the square in pixels. Defaults to 144.
        border (int): Grey level outside the source image. Defaults to 128.

    Returns:
        np.ndarray: ``(size, size)`` or ``(size, size, 3)`` uint8.
    """
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_CONSTANT, borderValue=(border, border, border))
