"""Which clips a synthetic dataset holds: names, classes, timing and strength, without any pixel."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .config import SyntheticConfig
from .emotions import EMOTION_ACTION_UNITS, EMOTIONS

_CLASS_STREAM, _CLIP_STREAM, _IDENTITY_STREAM, _MOTION_STREAM, _NOISE_STREAM = range(5)
_TAKES = 4      # clips of an episode


@dataclass(frozen=True)
class ClipPlan:
    """Everything that fixes one clip; small and picklable.

    Attributes:
        config (SyntheticConfig): The dataset the clip belongs to.
        subject_index (int): Counted from 0.
        clip_index (int): Counted from 0 within the subject.
        clip (str): Name in CASME II's manner, e.g. ``EP02_01f``; unique within the subject.
        emotion (str): One of :data:`~.emotions.EMOTIONS`.
        action_units (str): As CASME II writes them, e.g. ``6+12`` or ``L14``.
        onset (int): Number of the first frame, as in the release (not counted from 0).
        apex (int): Number of the frame of strongest expression.
        offset (int): Number of the last frame.
        amplitude (float): Peak displacement of the skin at the apex, in pixels of a 640 x 480 camera.
    """

    config: SyntheticConfig
    subject_index: int
    clip_index: int
    clip: str
    emotion: str
    action_units: str
    onset: int
    apex: int
    offset: int
    amplitude: float

    @property
    def subject(self) -> str:
        """Name of the subject, e.g. ``sub01``."""
        return f'sub{self.subject_index + 1:02d}'

    @property
    def num_frames(self) -> int:
        """Number of frames from onset to offset, both included."""
        return self.offset - self.onset + 1

    @property
    def frame_ids(self) -> tuple[int, ...]:
        """Numbers of the frames from onset to offset."""
        return tuple(range(self.onset, self.offset + 1))

    @property
    def apex_index(self) -> int:
        """Index of the apex among the clip's frames, counted from 0."""
        return self.apex - self.onset

    def motion_rng(self) -> np.random.Generator:
        """A fresh generator for everything that moves or changes within the clip."""
        return _rng(self.config.seed, _MOTION_STREAM, self.subject_index, self.clip_index)

    def noise_rng(self, frame: int) -> np.random.Generator:
        """A fresh generator for the sensor noise of one frame (index counted from 0)."""
        return _rng(self.config.seed, _NOISE_STREAM, self.subject_index, self.clip_index, frame)


def identity_rng(seed: int, subject_index: int) -> np.random.Generator:
    """A fresh generator for one subject's looks and manner of moving."""
    return _rng(seed, _IDENTITY_STREAM, subject_index)


def plan_clips(config: SyntheticConfig) -> list[ClipPlan]:
    """Plan all clips of a dataset; cheap.

    Classes are shuffled in runs of five per subject, one of each class, so class and subject are
    independent. Everything else is drawn without looking at the class. Clip ``k`` of subject ``s`` does
    not depend on how many subjects and clips are made.

    Args:
        config (SyntheticConfig): Size, difficulty and seed.

    Returns:
        list[ClipPlan]: ``num_subjects * clips_per_subject`` plans, by subject, then by clip.
    """
    return [_plan_clip(config, subject, clip)
            for subject in range(config.num_subjects) for clip in range(config.clips_per_subject)]


def plan_of(config: SyntheticConfig, subject: str, clip: str) -> ClipPlan | None:
    """Plan one clip by its name, whatever the numbers of subjects and clips.

    Args:
        config (SyntheticConfig): Difficulty, seed and frame rate.
        subject (str): Name of the subject, e.g. ``sub01``.
        clip (str): Name of the clip, e.g. ``EP02_01f``.

    Returns:
        ClipPlan | None: None if the generator gives no clip that name.
    """
    person, numbers = re.fullmatch(r'sub(\d+)', subject), re.match(r'EP(\d+)(?:_(\d+))?', clip)
    if person is None or numbers is None:
        return None
    index = (int(person[1]) - 1, _TAKES * (int(numbers[1]) - 1) + int(numbers[2] or 1) - 1)
    plan = _plan_clip(config, *index) if min(index) >= 0 else None
    return plan if plan is not None and (plan.subject, plan.clip) == (subject, clip) else None


def _plan_clip(config: SyntheticConfig, subject: int, clip: int) -> ClipPlan:
    shuffled = _rng(config.seed, _CLASS_STREAM, subject, clip // len(EMOTIONS)).permutation(len(EMOTIONS))
    emotion = EMOTIONS[shuffled[clip % len(EMOTIONS)]]
    rng = _rng(config.seed, _CLIP_STREAM, subject, clip)
    choices = EMOTION_ACTION_UNITS[emotion]
    # One uniform number for every class, so that later draws do not depend on the class.
    edges = np.cumsum(list(choices.values()))
    units = list(choices)[min(int(np.searchsorted(edges, rng.uniform() * edges[-1])), len(choices) - 1)]
    rise, fall = rng.uniform(0.09, 0.20), rng.uniform(0.10, 0.21)  # seconds
    onset = int(rng.integers(1, 320))
    apex = onset + max(2, round(rise * config.fps))
    offset = apex + max(2, round(fall * config.fps))
    low, high = config.difficulty.motion_px
    return ClipPlan(config, subject, clip, _clip_name(clip, rng), emotion, units, onset, apex, offset,
                    amplitude=float(low + (high - low) * rng.uniform()))


def _clip_name(clip: int, rng: np.random.Generator) -> str:
    """Names as irregular as the release's: ``EP02_01f``, ``EP03_4``, ``EP06_02_01``, ``EP09f``."""
    episode, take = divmod(clip, _TAKES)
    kind = rng.choice(5, p=[0.55, 0.25, 0.1, 0.05, 0.05])
    stem = f'EP{episode + 1:02d}'
    # The take number is part of every name but the last form, which only a first take may have.
    return (f'{stem}_{take + 1:02d}f', f'{stem}_{take + 1:02d}', f'{stem}_{take + 1}',
            f'{stem}_{take + 1:02d}_01', f'{stem}f' if take == 0 else f'{stem}_{take + 1:02d}')[kind]


def _rng(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
