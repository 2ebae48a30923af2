"""Eyelids: how they slide over the eyeballs, in closed form both ways.

Each eye has its own coordinates: ``u`` along the line between the corners (-1 inner, 1 outer) and ``v``
across it in pixels, down. Lid skin slides along ``v`` only. Above the upper lid the slide falls off
linearly to zero over ``reach`` pixels, so its inverse is closed-form too; likewise below the lower lid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .identity import LID_LANDMARK_U, Identity, eye_axes, eye_to_face, lid_curves


@dataclass(frozen=True)
class LidState:
    """Heights of the lids at some ``u`` and times; all arrays broadcast together.

    Attributes:
        upper (np.ndarray): Current height of the upper lid's margin.
        lower (np.ndarray): Current height of the lower lid's margin.
        up_slide (np.ndarray): Displacement of the upper margin from rest.
        low_slide (np.ndarray): Displacement of the lower margin from rest.
    """

    upper: np.ndarray
    lower: np.ndarray
    up_slide: np.ndarray
    low_slide: np.ndarray


def lid_state(identity: Identity, u: np.ndarray, lids: np.ndarray, closure: np.ndarray) -> LidState:
    """Where the lids are.

    Args:
        identity (Identity): The subject.
        u (np.ndarray): Places along the eye axis.
        lids (np.ndarray): ``(..., 2)`` displacement of the upper and lower lid at the middle of the eye.
        closure (np.ndarray): ``(...)`` share closed by a blink.

    Returns:
        LidState: Of the broadcast shape of ``u`` and the times.
    """
    upper, lower = lid_curves(identity, u)
    shape = np.maximum(1 - u * u, 0)
    low_slide = lids[..., 1] * shape - closure * 0.12 * lower
    now_lower = lower + low_slide
    up_slide = np.minimum(lids[..., 0] * shape, 0.8 * (now_lower - upper))
    up_slide = up_slide + closure * 0.94 * (now_lower - upper - up_slide)
    return LidState(upper + up_slide, now_lower, up_slide, low_slide)


def _reach(slide: np.ndarray) -> np.ndarray:
    return np.maximum(24, 1.45 * np.abs(slide))


def skin_source(v: np.ndarray, state: LidState) -> np.ndarray:
    """From where the skin seen at height ``v`` comes: its height at rest (undefined between the lids)."""
    above = np.clip(1 - (state.upper - v) / _reach(state.up_slide), 0, 1)
    below = np.clip(1 - (v - state.lower) / 14, 0, 1)
    return np.where(v < 0.5 * (state.upper + state.lower), v - state.up_slide * above, v - state.low_slide * below)


def skin_target(v: np.ndarray, state: LidState) -> np.ndarray:
    """Inverse of :func:`skin_source`: where skin at rest height ``v`` is seen; the eye's inside stays."""
    rest_upper, rest_lower = state.upper - state.up_slide, state.lower - state.low_slide
    distance = rest_upper - v
    reach = _reach(state.up_slide)
    slid = distance / (1 - state.up_slide / reach)
    above = state.upper - np.where(slid < reach, slid, distance + state.up_slide)
    distance = v - rest_lower
    slid = distance / (1 + state.low_slide / 14)
    below = state.lower + np.where(slid < 14, slid, distance - state.low_slide)
    return np.where(v <= rest_upper, above, np.where(v >= rest_lower, below, v))


def to_eye(identity: Identity, side: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eye coordinates of points.

    Args:
        identity (Identity): The subject.
        side (int): 0 the eye on the image's left, 1 the one on its right.
        points (np.ndarray): ``(2, ...)`` canonical pixels.

    Returns:
        tuple[np.ndarray, np.ndarray]: ``u`` and ``v``.
    """
    along, across = eye_axes(identity)
    sign = 1 if side else -1
    x = (points[0] - identity.origin[0]) * sign - identity.eye_x
    y = points[1] - identity.origin[1]
    u = x * float(along[0] / identity.eye_half_width) + y * float(along[1] / identity.eye_half_width)
    return u, x * float(across[0]) + y * float(across[1])


def slide_vector(identity: Identity, side: int) -> tuple[float, float]:
    """Unit vector of ``v`` of an eye in canonical pixels."""
    across = eye_axes(identity)[1].tolist()
    return (across[0] if side else -across[0]), across[1]


def slide_skin(identity: Identity, lids: np.ndarray, closure: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Carry skin points from rest to the current lids.

    Args:
        identity (Identity): The subject.
        lids (np.ndarray): ``(..., 2, 2)`` by eye, then upper and lower.
        closure (np.ndarray): ``(..., 2)`` by eye.
        points (np.ndarray): ``(2, ...)`` canonical pixels; leading times of the lids broadcast with them.

    Returns:
        np.ndarray: ``(2, ...)``.
    """
    points = np.array(points, copy=True)
    for side in (0, 1):
        u, v = to_eye(identity, side, points)
        near = (np.abs(u) < 1) & (np.abs(v) < 60)
        state = lid_state(identity, u, lids[..., side, :], closure[..., side])
        shift = np.where(near, skin_target(v, state) - v, 0)
        vector = slide_vector(identity, side)
        points[0] += shift * vector[0]
        points[1] += shift * vector[1]
    return points


def lid_landmarks(identity: Identity, lids: np.ndarray, closure: np.ndarray) -> np.ndarray:
    """Landmarks 36 to 47 on the current lids, before the face moves.

    Args:
        identity (Identity): The subject.
        lids (np.ndarray): ``(T, 2, 2)``.
        closure (np.ndarray): ``(T, 2)``.

    Returns:
        np.ndarray: ``(T, 12, 2)`` canonical pixels.
    """
    out = np.empty((len(lids), 12, 2))
    order = {1: [6, 7, 8, 9, 10, 11], 0: [3, 2, 1, 0, 5, 4]}
    for side in (0, 1):
        state = lid_state(identity, LID_LANDMARK_U, lids[:, None, side, :], closure[:, None, side])
        v = np.where(np.arange(6) < 3, state.upper, state.lower)
        points = eye_to_face(identity, np.broadcast_to(LID_LANDMARK_U, v.shape), v)
        points[..., 0] *= 1 if side else -1
        out[:, order[side]] = points + np.asarray(identity.origin)
    return out
