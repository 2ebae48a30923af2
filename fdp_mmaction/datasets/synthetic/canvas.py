"""Small tools to paint on float images: smooth steps, noise, and soft strokes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between; ``low > high`` falls instead."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur; large ones are done on a reduced image."""
    if sigma > 8:
        factor = int(sigma // 3)
        height, width = image.shape[:2]
        small = cv2.resize(image, (max(width // factor, 4), max(height // factor, 4)), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def noise(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of unit variance.

    Args:
        shape (tuple[int, int]): Height and width.
        scale (float): Size of its grains in pixels.
        rng (np.random.Generator): Draws it.

    Returns:
        np.ndarray: float32.
    """
    factor = max(scale / 1.5, 1.0)
    small = (int(np.ceil(shape[0] / factor)) + 2, int(np.ceil(shape[1] / factor)) + 2)
    field = rng.standard_normal(small, dtype=np.float32)
    if scale > 0.3:
        field = cv2.GaussianBlur(field, (0, 0), scale / factor * 0.6)
    field /= field.std()
    if factor > 1:
        field = cv2.resize(field, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return field[:shape[0], :shape[1]]


def window(x: np.ndarray, y: np.ndarray, left: float, right: float, top: float, bottom: float,
           ) -> tuple[slice, slice]:
    """Rows and columns of an image whose coordinates lie in a box.

    Args:
        x (np.ndarray): ``(1, W)`` rising coordinates of the columns.
        y (np.ndarray): ``(H, 1)`` rising coordinates of the rows.
        left (float): Least x. ``right``, ``top`` and ``bottom`` likewise.

    Returns:
        tuple[slice, slice]: Rows, columns.
    """
    return (slice(*np.searchsorted(y[:, 0], (top, bottom)).tolist()),
            slice(*np.searchsorted(x[0], (left, right)).tolist()))


def to_pixels(points: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pixels of an image, given the coordinates ``(1, W)`` and ``(H, 1)`` of its columns and rows."""
    step = float(x[0, 1] - x[0, 0])
    return (np.asarray(points, dtype=np.float64) - (float(x[0, 0]), float(y[0, 0]))) / step


def blend(image: np.ndarray, colour: np.ndarray | tuple[float, ...], alpha: np.ndarray) -> None:
    """Paint a colour (or an image of colours) over an image in place."""
    part = np.asarray(colour, dtype=np.float32) - image
    part *= np.asarray(alpha, dtype=np.float32)[..., None]
    image += part


def strokes(shape: tuple[int, int], paths: Sequence[np.ndarray], widths: np.ndarray, values: np.ndarray,
            ) -> tuple[np.ndarray, np.ndarray]:
    """Draw hairs.

    Args:
        shape (tuple[int, int]): Height and width.
        paths (Sequence[np.ndarray]): ``(n, 2)`` points of each hair in pixels of the image.
        widths (np.ndarray): Width of each hair in pixels.
        values (np.ndarray): Lightness of each hair, 0 to 1.

    Returns:
        tuple[np.ndarray, np.ndarray]: Coverage and lightness, float32 in 0 to 1.
    """
    cover = np.zeros(shape, np.uint8)
    tone = np.full(shape, 128, np.uint8)
    for path, width, value in zip(paths, widths, values):
        points = np.round(path * 16).astype(np.int32)[None]
        thick = max(1, int(round(float(width))))
        cv2.polylines(cover, points, False, 255, thick, cv2.LINE_AA, 4)
        cv2.polylines(tone, points, False, int(255 * value), thick, cv2.LINE_AA, 4)
    return cover.astype(np.float32) / 255, tone.astype(np.float32) / 255
