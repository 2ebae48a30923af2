"""When the frames of a video are shown, and a view of constant rate where they come at varying intervals."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

UNEVEN = 1.5
"""Intervals longer than so many median ones, or shorter than the inverse, make a rate a varying one."""


def frame_times(video: str | Path, count: int) -> np.ndarray | None:
    """Timestamps of the frames of a video file, by the decoders of :mod:`fdp_mmaction.faces.video_io`.

    Args:
        video (str | Path): The file.
        count (int): How many frames it has.

    Returns:
        np.ndarray | None: ``(count,)`` float64 seconds, increasing, the first at 0. None where the file tells none.
    """
    for read in (_by_decord, _by_opencv):
        times = read(str(video))
        if times is not None and len(times) >= count:
            times = times[:count]
            if np.isfinite(times).all() and (np.diff(times) > 0).all():
                return times - times[0]
    return None


def announced_frames(video: str | Path) -> int:
    """How many frames a video file says that it has, which a truncated one has not; 0 where it does not tell.

    Args:
        video (str | Path): The file.

    Returns:
        int: From its header; of some formats an estimate.
    """
    capture = cv2.VideoCapture(str(video))
    try:
        return max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0) if capture.isOpened() else 0
    finally:
        capture.release()


def mean_rate(times: np.ndarray | None) -> float | None:
    """Frames per second, the mean where they vary.

    Args:
        times (np.ndarray | None): ``(F,)`` seconds, increasing.

    Returns:
        float | None: None for unknown times, or a single frame.
    """
    return None if times is None or len(times) < 2 else float((len(times) - 1) / (times[-1] - times[0]))


def is_uneven(times: np.ndarray | None) -> bool:
    """Whether frames come at varying intervals.

    Args:
        times (np.ndarray | None): ``(F,)`` seconds, increasing.

    Returns:
        bool: False also for unknown times.
    """
    if times is None or len(times) < 3:
        return False
    steps = np.diff(times)
    return bool(steps.max() > UNEVEN * np.median(steps) or steps.min() < np.median(steps) / UNEVEN)


def even_frames(times: np.ndarray) -> np.ndarray:
    """Frames of a constant rate, that of the median interval: at each of its instants the nearest frame there is.

    Models were trained on constant rates, so frames evenly spread over an ME were evenly spread over its time. In gaps
    a frame is repeated, and where frames come faster some are passed over.

    Args:
        times (np.ndarray): ``(F,)`` seconds, increasing; F at least 2.

    Returns:
        np.ndarray: ``(F',)`` int64 positions in ``times``, not decreasing.

    Examples:
        >>> even_frames(np.array([0.0, 0.1, 0.2, 0.5, 0.6]))
        array([0, 1, 2, 2, 3, 3, 4])
    """
    step = float(np.median(np.diff(times)))
    instants = times[0] + step * np.arange(int(np.rint((times[-1] - times[0]) / step)) + 1)
    after = np.clip(np.searchsorted(times, instants), 1, len(times) - 1)
    return np.where(instants - times[after - 1] <= times[after] - instants + 1e-9, after - 1, after)


def _by_decord(video: str) -> np.ndarray | None:
    try:
        from decord import DECORDError, VideoReader
    except (ImportError, OSError):
        return None
    try:
        reader = VideoReader(video, num_threads=1)
        return np.asarray(reader.get_frame_timestamp(range(len(reader))), dtype=np.float64)[:, 0]
    except (DECORDError, RuntimeError, IndexError, ValueError):
        return None


def _by_opencv(video: str) -> np.ndarray | None:
    capture = cv2.VideoCapture(video)
    times = []
    try:
        while capture.grab():
            times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    finally:
        capture.release()
    return np.array(times) if times else None
