"""What the tests of the page need: videos of noise, and a made-up prediction."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fdp_mmaction.apis.prediction import ClipPrediction, VideoPrediction

CLASSES = ('happiness', 'disgust', 'repression', 'surprise', 'others')


def write_video(path: Path, frames: int = 30, fps: float = 30, size: tuple[int, int] = (48, 64)) -> Path:
    """A video of noise."""
    rng = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), fps, size[::-1])
    assert writer.isOpened()
    for _ in range(frames):
        writer.write(rng.integers(0, 256, (*size, 3), dtype=np.uint8))
    writer.release()
    return path


def prediction(windows: int = 5, timed: bool = True, ranked: bool = True) -> VideoPrediction:
    """Windows of 8 frames, 2 apart, whose strongest is the fourth."""
    rng = np.random.default_rng(1)
    frames = 2 * windows + 8
    scores = np.full((windows, 5), 0.1, np.float32)
    scores[:, 1] = 0.6
    if windows > 3:
        scores[3] = (0.05, 0.05, 0.05, 0.8, 0.05)
    clips = tuple(ClipPrediction(
        2 * index, 2 * index + 7, 2 * index + np.array([0, 2, 5, 7]), int(score.argmax()), CLASSES[score.argmax()],
        score, rank_scores=rng.uniform(0, 1, 4).astype(np.float32) if ranked else None)
        for index, score in enumerate(scores))
    return VideoPrediction('clip.mp4', CLASSES, clips, num_frames=frames, fps=10.0 if timed else None,
                           landmark_source='none', windows=True, frame_ids=np.arange(frames),
                           times=np.arange(frames) / 10 if timed else None,
                           aligned=rng.integers(0, 256, (frames, 24, 24), dtype=np.uint8))
