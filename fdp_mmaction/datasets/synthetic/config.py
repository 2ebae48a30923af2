"""What the generator is asked for: how many subjects and clips, and how difficult."""

from __future__ import annotations

from dataclasses import dataclass

from fdp_mmaction.errors import DatasetError


GENERATOR_VERSION = 1
"""Raised whenever the same settings would give other frames."""


@dataclass(frozen=True)
class Difficulty:
    """Motion amplitude and strength of everything that is not the class.

    Lengths are pixels of a 640 x 480 camera that sees a face about 280 px wide.

    Attributes:
        motion_px (tuple): Least and greatest peak displacement of the skin at the apex.
        drift_px (float): Standard deviation of the head's translation over a clip.
        rotation_px (float): Standard deviation of yaw and pitch, as displacement of the nose tip.
        roll_deg (float): Standard deviation of the in-plane rotation, in degrees.
        tonic_px (float): Scale of the resting expression of a clip, constant within the clip.
        style (float): Spread of a subject's own way to move (gain, direction and place); 1 is wide.
        asymmetry (float): Standard deviation of the relative left/right strength.
        foreign_au (float): Probability of an unrelated action unit of its own timing.
        blink (float): Probability of a blink within the clip.
        gaze_px (float): Standard deviation of the iris displacement.
        illumination (float): Standard deviation of the slow relative change of light.
        flicker (float): Amplitude of the relative mains flicker.
        noise (float): Standard deviation of the sensor noise at mid grey, in grey levels.
    """

    motion_px: tuple[float, float]
    drift_px: float = 1.2
    rotation_px: float = 1.2
    roll_deg: float = 0.2
    tonic_px: float = 2.0
    style: float = 0.9
    asymmetry: float = 0.2
    foreign_au: float = 0.5
    blink: float = 0.35
    gaze_px: float = 1.0
    illumination: float = 0.014
    flicker: float = 0.004
    noise: float = 2.4


PRESETS: dict[str, Difficulty] = {
    'easy': Difficulty(
        motion_px=(1.4, 2.5), drift_px=0.4, rotation_px=0.4, roll_deg=0.08, tonic_px=1.8, style=0.4,
        asymmetry=0.1, foreign_au=0.1, blink=0.15, gaze_px=0.5, illumination=0.006, flicker=0.002, noise=1.0),
    'normal': Difficulty(
        motion_px=(1.0, 2.2), drift_px=0.6, rotation_px=0.6, roll_deg=0.1, tonic_px=2.4, style=0.5,
        asymmetry=0.12, foreign_au=0.2, blink=0.2, gaze_px=0.6, illumination=0.008, flicker=0.0025, noise=1.4),
    'hard': Difficulty(motion_px=(0.5, 1.5), tonic_px=2.6),
}


@dataclass(frozen=True)
class SyntheticConfig:
    """Size, difficulty and seed of a synthetic dataset.

    Attributes:
        num_subjects (int): Number of subjects, named ``sub01``, ``sub02``, ... Defaults to 12.
        clips_per_subject (int): Clips of each subject; classes are balanced in every run of five. Defaults to 20.
        preset (str | Difficulty): A name in :data:`PRESETS`, or a difficulty of your own. Defaults to 'normal'.
        seed (int): Everything follows from it. Subject ``s`` and clip ``k`` of a seed are the same however many
            others are made. Defaults to 0.
        fps (int): Frames per second of the camera. Defaults to 200, as in CASME II.

    Raises:
        DatasetError: If a count or the frame rate is not positive, or the preset is unknown.
    """

    num_subjects: int = 12
    clips_per_subject: int = 20
    preset: str | Difficulty = 'normal'
    seed: int = 0
    fps: int = 200

    def __post_init__(self) -> None:
        for name in ('num_subjects', 'clips_per_subject', 'fps'):
            if int(getattr(self, name)) < 1:
                raise DatasetError(f'SyntheticConfig.{name} must be at least 1, got {getattr(self, name)}.')
        if self.seed < 0:
            raise DatasetError(f'SyntheticConfig.seed must not be negative, got {self.seed}.')
        if isinstance(self.preset, str) and self.preset not in PRESETS:
            raise DatasetError(f'SyntheticConfig.preset must be one of {sorted(PRESETS)}, got {self.preset!r}.')

    @property
    def difficulty(self) -> Difficulty:
        """The difficulty that ``preset`` names."""
        return PRESETS[self.preset] if isinstance(self.preset, str) else self.preset
