"""What a change of an image's geometry does to optical flow: the field moves, and its vectors change with it."""

from __future__ import annotations

import cv2
import numpy as np


def resize_flow(flow: np.ndarray, height: int, width: int) -> np.ndarray:
    """Flow of resized frames: vectors scale with the frame. Area averaging to shrink, bilinear to enlarge.

    Args:
        flow (np.ndarray): ``(..., 2, H, W)`` displacement (x, y) in pixels.
        height (int): New height.
        width (int): New width.

    Returns:
        np.ndarray: ``(..., 2, height, width)`` float32, in new pixels.
    """
    old_height, old_width = flow.shape[-2:]
    shrinks = height <= old_height and width <= old_width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR      # area averaging shifts where it enlarges
    fields = flow.reshape(-1, old_height, old_width).astype(np.float32)
    resized = np.stack([cv2.resize(field, (width, height), interpolation=method) for field in fields])
    scale = np.array([width / old_width, height / old_height], dtype=np.float32)
    return resized.reshape(*flow.shape[:-2], height, width) * scale[:, None, None]


def mirror_flow(flow: np.ndarray) -> np.ndarray:
    """Flow of frames mirrored left to right: the field is mirrored, and its x components change sign.

    Args:
        flow (np.ndarray): ``(..., 2, H, W)``.

    Returns:
        np.ndarray: ``(..., 2, H, W)``, a copy.
    """
    mirrored = flow[..., ::-1].copy()
    mirrored[..., 0, :, :] *= -1
    return mirrored


def warp_flow(flow: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Flow of frames under an affine map: the field is warped, and its vectors turn and scale with the map.

    Args:
        flow (np.ndarray): ``(..., 2, H, W)`` displacement (x, y) in pixels.
        matrix (np.ndarray): ``(2, 3)`` from old to new pixels.

    Returns:
        np.ndarray: ``(..., 2, H, W)`` float32; zero where the old frame does not reach.
    """
    height, width = flow.shape[-2:]
    fields = flow.reshape(-1, height, width).astype(np.float32)
    moved = np.stack([cv2.warpAffine(field, matrix, (width, height), flags=cv2.INTER_LINEAR) for field in fields])
    linear = np.asarray(matrix)[:, :2].astype(np.float32)
    return np.einsum('ij,...jhw->...ihw', linear, moved.reshape(flow.shape))
