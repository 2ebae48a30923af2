"""Dense optical flow between consecutive frames, by TV-L1 or by dense inverse search."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

MIN_SIDE = 16
"""Shortest side of a frame in pixels; dense inverse search needs 12, and both are noise on less."""


def tvl1_flow(frames: np.ndarray) -> np.ndarray:
    """TV-L1 flow (Zach, Pock, Bischof, DAGM 2007) with OpenCV's default parameters, as the released MOL code has it.

    Of 144 x 144 pixels, a pair takes some tenths of a second on one processor core: the more motion, the longer.

    Args:
        frames (np.ndarray): ``(T, H, W)`` uint8 in chronological order, T >= 2, sides of at least 16 pixels.

    Returns:
        np.ndarray: ``(T - 1, 2, H, W)`` float32 displacement (x, y) in pixels: the point at ``(x, y)`` of frame t lies
        at ``(x, y) + flow[t, :, y, x]`` in frame t + 1.

    Raises:
        ValueError: If the frames are not such an array.
        ImportError: If OpenCV was installed without its contributed modules.

    Examples:
        >>> tvl1_flow(np.zeros((8, 32, 32), np.uint8)).shape
        (7, 2, 32, 32)
    """
    create = getattr(getattr(cv2, 'optflow', None), 'DualTVL1OpticalFlow_create', None)
    if create is None:
        raise ImportError('TV-L1 flow needs the contributed modules of OpenCV, which are missing or overwritten by '
                          'opencv-python: pip install --force-reinstall --no-deps opencv-contrib-python, or choose '
                          "the method 'dis'.")
    return _between_frames(frames, create())


def dis_flow(frames: np.ndarray) -> np.ndarray:
    """Flow by dense inverse search (Kroeger et al., ECCV 2016), OpenCV's fast preset; about 1 ms a pair.

    Args:
        frames (np.ndarray): As for :func:`tvl1_flow`.

    Returns:
        np.ndarray: ``(T - 1, 2, H, W)`` float32 displacement (x, y) in pixels.

    Raises:
        ValueError: If the frames are not such an array.
    """
    return _between_frames(frames, cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST))


FLOW_METHODS = {'tvl1': tvl1_flow, 'dis': dis_flow}
"""Methods by the name that configs use."""


def endpoint_error(flow: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Length of the difference of two flows; its mean is the endpoint error (EPE).

    Args:
        flow (np.ndarray): ``(..., 2, H, W)``.
        truth (np.ndarray): ``(..., 2, H, W)``.

    Returns:
        np.ndarray: ``(..., H, W)`` in pixels.
    """
    difference = np.asarray(flow) - np.asarray(truth)
    return np.hypot(difference[..., 0, :, :], difference[..., 1, :, :])


def _between_frames(frames: np.ndarray, method: Any) -> np.ndarray:
    frames = np.asarray(frames)
    if frames.ndim != 3 or frames.dtype != np.uint8 or len(frames) < 2 or min(frames.shape[1:]) < MIN_SIDE:
        raise ValueError(f'Optical flow takes two or more grey frames, (T, H, W) uint8 with sides of {MIN_SIDE} pixels '
                         f'or more; got {frames.dtype} of shape {frames.shape}.')
    pairs = zip(frames[:-1], frames[1:])
    return np.stack([np.moveaxis(method.calc(first, second, None), -1, 0) for first, second in pairs])
