"""What moves in a clip: courses of the action units, head, lids, gaze and light over the frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .action_units import UNITS, displacement, unit_bumps
from .config import Difficulty
from .emotions import parse_action_units
from .identity import Identity, draw_identity
from .plan import ClipPlan

Column = tuple[int, str]
RIGID = ('x', 'y', 'roll', 'zoom', 'yaw', 'pitch')
_FOREIGN = (1, 2, 4, 7, 12, 14, 15, 17, 20, 24)
_TONIC = (1, 2, 4, 6, 9, 10, 12, 14, 15, 17, 20, 24)


@dataclass(frozen=True)
class Motion:
    """Courses of everything that changes in a clip of ``T`` frames.

    Attributes:
        identity (Identity): The subject.
        columns (tuple): ``(action unit, side)`` of each column of ``weights``.
        bumps (tuple): ``(n, 6)`` bumps of each column.
        weights (np.ndarray): ``(T, K)`` strength of each column, in pixels of peak displacement.
        tonic (np.ndarray): ``(K,)`` part of ``weights`` that is the resting expression of this clip.
        rigid (np.ndarray): ``(T, 6)`` head pose: translation (px), roll (rad), zoom (relative), yaw and
            pitch (px at the nose tip); zero in the first frame.
        lids (np.ndarray): ``(T, 2, 2)`` displacement (px, down) of the upper and lower lid at the middle
            of the eye, for the image's left and right eye.
        closure (np.ndarray): ``(T, 2)`` share of the eye's opening closed by a blink, 0 to 1.
        gaze (np.ndarray): ``(T, 2)`` displacement of the irises in pixels.
        light (np.ndarray): ``(T, 3)`` relative change of light: overall, and per 100 px to the right and down.
        place (np.ndarray): ``(2, 3)`` where the camera sees the canonical face in this clip.
    """

    identity: Identity
    columns: tuple[Column, ...]
    bumps: tuple[np.ndarray, ...]
    weights: np.ndarray
    tonic: np.ndarray
    rigid: np.ndarray
    lids: np.ndarray
    closure: np.ndarray
    gaze: np.ndarray
    light: np.ndarray
    place: np.ndarray

    def basis(self, points: np.ndarray) -> np.ndarray:
        """Displacement fields of all columns, rigid ones first.

        Args:
            points (np.ndarray): ``(2, ...)`` canonical pixels.

        Returns:
            np.ndarray: ``(6 + K, 2, ...)``; ``coefficients @ basis`` is the displacement.
        """
        return np.stack(rigid_basis(self.identity, points) + [displacement(b, points) for b in self.bumps])

    @property
    def coefficients(self) -> np.ndarray:
        """``(T, 6 + K)`` weights of :meth:`basis`."""
        return np.concatenate([self.rigid, self.weights], axis=1)

    def still(self) -> Motion:
        """The same motion with constant light: for tests of the geometry."""
        return replace(self, light=np.zeros_like(self.light))


def rigid_basis(identity: Identity, points: np.ndarray) -> list[np.ndarray]:
    """Fields of head translation, roll, zoom, yaw and pitch; they fade out beside the head.

    Yaw and pitch move a point in proportion to its depth, as a small rotation does.
    """
    x = points[0] - identity.origin[0]
    y = points[1] - identity.origin[1]
    s = np.sqrt((x / (identity.half_width * 1.75)) ** 2 + ((y - 10) / 340) ** 2)
    s = np.clip((s - 0.62) / 0.38, 0, 1)
    window = 1 - s * s * (3 - 2 * s)
    dome = np.maximum(1 - (x / 175) ** 2 - ((y - 40) / 270) ** 2, 0)
    nose = np.maximum(1 - (x / 60) ** 2 - ((y - identity.nose_y) / 80) ** 2, 0)
    depth = (0.72 * dome + 0.28 * nose * nose) * window
    zero = np.zeros_like(x)
    pivot = y - 230  # the head turns about the neck
    return [np.stack(f).astype(points.dtype, copy=False) for f in (
        (window, zero), (zero, window), (-pivot * window, x * window), (x * window, (y - 60) * window),
        (depth, zero), (zero, depth))]


def build_motion(plan: ClipPlan) -> Motion:
    """Draw the courses of a clip.

    Args:
        plan (ClipPlan): The clip.

    Returns:
        Motion: The same for the same plan.
    """
    identity = draw_identity(plan.config.seed, plan.subject_index)
    level, rng, frames = plan.config.difficulty, plan.motion_rng(), plan.num_frames
    time = np.arange(frames) / plan.config.fps
    strengths = _draw_strengths(plan, level, rng)
    columns = tuple(sorted(strengths))
    bumps = tuple(unit_bumps(identity, unit, side, level.style) for unit, side in columns)
    target = np.array([strengths[c][0] for c in columns])
    target *= plan.amplitude / max(peak(identity, bumps, target), 1e-9)
    course = envelope(frames, plan.apex_index, rng)
    weights = np.outer(course, target)
    foreign = np.array([strengths[c][1] for c in columns])
    foreign *= plan.amplitude * rng.uniform(0.3, 0.8) / max(peak(identity, bumps, foreign), 1e-9)
    weights += np.outer(_foreign_course(frames, rng), foreign)
    tonic = np.array([strengths[c][2] for c in columns]) * level.tonic_px
    weights += tonic
    lids = np.zeros((frames, 2, 2))
    for k, (unit, side) in enumerate(columns):
        lids[:, 0 if side == 'R' else 1] += np.outer(weights[:, k], UNITS[unit].lids)
    return Motion(
        identity, columns, bumps, weights, tonic, _head(time, level, rng), lids,
        _closure(frames, plan.config.fps, level, rng), _gaze(time, level, rng), _light(time, level, rng),
        _place(identity, rng))


def envelope(frames: int, apex: int, rng: np.random.Generator) -> np.ndarray:
    """Course of a micro-expression: 0 at the onset, 1 at the apex only, a remainder at the offset.

    Args:
        frames (int): Number of frames.
        apex (int): Index of the apex.
        rng (np.random.Generator): Draws the steepness and the remainder.

    Returns:
        np.ndarray: ``(frames,)``.
    """
    steep_up, steep_down = rng.uniform(0.9, 1.7, 2)
    rest = rng.uniform(0.0, 0.3)
    up = np.arange(apex + 1) / max(apex, 1)
    down = np.arange(1, frames - apex) / max(frames - 1 - apex, 1)
    rise = (0.5 - 0.5 * np.cos(np.pi * up)) ** steep_up
    fall = rest + (1 - rest) * (0.5 + 0.5 * np.cos(np.pi * down)) ** steep_down
    return np.concatenate([rise, fall])


def peak(identity: Identity, bumps: tuple[np.ndarray, ...], strengths: np.ndarray) -> float:
    """Greatest displacement on the face of a combination of columns, in pixels (on a 6 px grid)."""
    active = [b * (1, 1, 1, 1, s, s) for b, s in zip(bumps, strengths) if s]
    if not active:
        return 0.0
    x = np.arange(-144, 145, 6.0) + identity.origin[0]
    y = np.arange(-120, 229, 6.0) + identity.origin[1]
    field = displacement(np.concatenate(active), np.stack(np.meshgrid(x, y)).astype(np.float32))
    return float(np.hypot(*field).max())


def _draw_strengths(plan: ClipPlan, level: Difficulty, rng: np.random.Generator) -> dict[Column, np.ndarray]:
    """Strength of (expression, foreign unit, resting expression) for each column in use."""
    strengths: dict[Column, np.ndarray] = {}

    def add(unit: int, side: str, kind: int, value: float) -> None:
        strengths.setdefault((unit, side), np.zeros(3))[kind] += value

    # The same number of draws for every class: one gain per unit and one asymmetry for the whole.
    gains = np.exp(rng.normal(0, 0.18, 4))
    lean = rng.normal(0, level.asymmetry)
    for (unit, side), gain in zip(parse_action_units(plan.action_units), gains):
        if side:
            add(unit, side, 0, gain)
            add(unit, 'R' if side == 'L' else 'L', 0, 0.12 * gain)
        else:
            add(unit, 'L', 0, gain * (1 + lean))
            add(unit, 'R', 0, gain * (1 - lean))
    chance, unit = rng.uniform(), int(rng.choice(_FOREIGN))
    sides = rng.uniform(0.2, 1, 2)
    if chance < level.foreign_au:
        add(unit, 'L', 1, sides[0])
        add(unit, 'R', 1, sides[1])
    for unit, value in zip(rng.choice(_TONIC, 4, replace=False), rng.normal(0, 1, (4, 2))):
        add(int(unit), 'L', 2, 0.75 * value[0] + 0.25 * value[1])
        add(int(unit), 'R', 2, 0.75 * value[0] - 0.25 * value[1])
    return strengths


def _foreign_course(frames: int, rng: np.random.Generator) -> np.ndarray:
    centre, width = rng.uniform(0.2, 0.9) * frames, rng.uniform(0.12, 0.3) * frames
    t = np.clip((np.arange(frames) - centre) / (2 * width), -0.5, 0.5)
    course = np.cos(np.pi * t) ** 2
    return course - course[0]


def _smooth(time: np.ndarray, size: int, low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    """``(T, size)`` sums of four sinusoids of unit variance between two frequencies, zero at the first frame."""
    frequency = rng.uniform(low, high, (4, size))
    phase = rng.uniform(0, 2 * np.pi, (4, size))
    weight = rng.normal(0, 1, (4, size)) / 2
    wave = (weight * np.sin(2 * np.pi * frequency * time[:, None, None] + phase)).sum(axis=1)
    return wave - wave[:1]


def _head(time: np.ndarray, level: Difficulty, rng: np.random.Generator) -> np.ndarray:
    scale = np.array([level.drift_px, level.drift_px, np.deg2rad(level.roll_deg), 0.0006 * level.drift_px,
                      level.rotation_px, level.rotation_px])
    return _smooth(time, 6, 0.3, 2.5, rng) * scale


def _closure(frames: int, fps: int, level: Difficulty, rng: np.random.Generator) -> np.ndarray:
    chance, start, depth = rng.uniform(size=3)
    lag = rng.uniform(0, 0.012)
    # A blink takes about 0.2 s and opens more slowly than it closes; the onset frame has open eyes.
    if chance >= level.blink:
        return np.zeros((frames, 2))
    begin = 0.02 + start * max(frames / fps - 0.1, 0.05)
    t = np.arange(frames)[:, None] / fps - begin - np.array([0, lag])
    down = np.clip(t / 0.07, 0, 1)
    up = np.clip((t - 0.09) / 0.13, 0, 1)
    shut = down * down * (3 - 2 * down) * (1 - up * up * (3 - 2 * up))
    return shut * (0.75 + 0.25 * depth)


def _gaze(time: np.ndarray, level: Difficulty, rng: np.random.Generator) -> np.ndarray:
    base = rng.normal(0, 1.6, 2) * (1, 0.5)
    jump, size = rng.uniform(0, 1) * (time[-1] + 0.2), rng.normal(0, level.gaze_px * 1.5, 2) * (1, 0.5)
    step = np.clip((time - jump) / 0.025, 0, 1)[:, None]
    return base + _smooth(time, 2, 0.5, 3, rng) * level.gaze_px * 0.25 + step * size


def _light(time: np.ndarray, level: Difficulty, rng: np.random.Generator) -> np.ndarray:
    slow = _smooth(time, 3, 0.2, 1.5, rng) * (level.illumination * np.array([1, 0.4, 0.4]))
    frequency, phase = rng.uniform(98, 102), rng.uniform(0, 2 * np.pi)  # mains light seen by the camera
    slow[:, 0] += level.flicker * np.sin(2 * np.pi * frequency * time + phase)
    slow[:, 0] += rng.normal(0, 0.02)
    return slow


def _place(identity: Identity, rng: np.random.Generator) -> np.ndarray:
    """Where the subject sits in this clip: a similarity transform about the face origin."""
    angle, scale = np.deg2rad(rng.normal(0, 1.4)), 1 + np.clip(rng.normal(0, 0.015), -0.04, 0.04)
    shift = np.clip(rng.normal(0, [6, 4]), -15, 15)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pivot = np.asarray(identity.origin) + (0, 60)
    return np.concatenate([linear, (pivot + shift - linear @ pivot)[:, None]], axis=1)
