"""The page's own videos: synthetic faces, one micro-expression each, by a subject in no dataset of the project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from fdp_mmaction.atomic import replacing
from fdp_mmaction.datasets.synthetic import ClipPlan, SyntheticConfig, plan_clips, render_clip
from fdp_mmaction.errors import DatasetError

HEIGHT, WIDTH, FPS = 240, 320, 100
"""The camera of ``make quickstart``, whose model is the first one that most users have."""
SEED = 2024
"""Another one than datasets are made with, so that no model was trained on these faces."""
STILL = 0.8
"""Seconds that the face rests before and after the micro-expression."""


@dataclass(frozen=True)
class Example:
    """A video of the page's own.

    Attributes:
        plan (ClipPlan): What is played.
    """

    plan: ClipPlan

    @property
    def name(self) -> str:
        """The class that is played."""
        return self.plan.emotion

    @property
    def extent(self) -> tuple[int, int]:
        """First and last frame of the micro-expression, counted from 0."""
        onset = round(STILL * FPS)
        return onset, onset + self.plan.num_frames - 1

    @property
    def text(self) -> str:
        """What is true of it, for the page."""
        onset, offset = self.extent
        return (f'A synthetic face plays {self.name} (action units {self.plan.action_units}) from {onset / FPS:.2f} to '
                f'{offset / FPS:.2f} s.')


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """One example for each class.

    Returns:
        tuple[Example, ...]: In a fixed order; nothing is rendered yet.
    """
    plans = plan_clips(SyntheticConfig(num_subjects=5, clips_per_subject=5, seed=SEED, fps=FPS))
    names = sorted({plan.emotion for plan in plans})
    # the subject changes with the class
    return tuple(Example(next(plan for plan in plans if plan.emotion == name and plan.subject_index == index))
                 for index, name in enumerate(names))


def thumbnail(example: Example) -> np.ndarray:
    """The face at the apex.

    Args:
        example (Example): Whose.

    Returns:
        np.ndarray: ``(H, H, 3)`` uint8 RGB, the square around the face.
    """
    frame = render_clip(example.plan, HEIGHT, WIDTH, frames=[example.plan.apex_index]).frames[0]
    margin = (WIDTH - HEIGHT) // 2
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)[:, margin:margin + HEIGHT]


def render_example(example: Example) -> tuple[np.ndarray, np.ndarray]:
    """Render an example: the face rests, plays the micro-expression, rests.

    Args:
        example (Example): Which.

    Returns:
        tuple[np.ndarray, np.ndarray]: ``(F, H, W, 3)`` uint8 BGR, and landmarks ``(F, 68, 2)`` float32 in pixels.
    """
    clip = render_clip(example.plan, HEIGHT, WIDTH, clean=True)
    still = round(STILL * FPS)
    padding = ((still, still), (0, 0), (0, 0))
    frames = np.pad(clip.frames, (*padding, (0, 0)), mode='edge')
    # noise after padding, else the resting face would be frozen
    noise = np.random.default_rng(SEED).normal(scale=example.plan.config.difficulty.noise, size=frames.shape)
    frames = np.clip(np.rint(frames + noise), 0, 255).astype(np.uint8)
    return frames, np.pad(clip.landmarks, padding, mode='edge')


def write_example(example: Example, folder: str | Path) -> tuple[Path, Path]:
    """Write an example, unless it is there already.

    Args:
        example (Example): Which.
        folder (str | Path): Where.

    Returns:
        tuple[Path, Path]: A WebM video that browsers play, and an NPZ of ``landmarks`` and ``frame_ids``, as the
        landmark source ``precomputed`` reads them.

    Raises:
        DatasetError: If OpenCV cannot write WebM here.
    """
    video, landmarks = (Path(folder) / f'{example.name}.{ending}' for ending in ('webm', 'npz'))
    if not (video.is_file() and landmarks.is_file()):
        frames, points = render_example(example)
        with replacing(landmarks) as partial:
            np.savez(partial, landmarks=points, frame_ids=np.arange(len(points)))
        with replacing(video) as partial:
            _write_webm(partial, frames)
    return video, landmarks


def _write_webm(path: Path, frames: np.ndarray) -> None:
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*'VP80'), FPS,
                             (frames.shape[2], frames.shape[1]))
    if not writer.isOpened():
        raise DatasetError('This OpenCV cannot write WebM, so the page has no examples here: give a video of yours.')
    for frame in frames:
        writer.write(frame)
    writer.release()
