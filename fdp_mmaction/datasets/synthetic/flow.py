"""Exact dense motion between frames of a rendered clip."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from .lids import lid_state, skin_source, slide_skin, slide_vector, to_eye
from .motion import RIGID, rigid_basis
from .overlays import GlassesOverlay, eye_box
from .scene import Scene


def exact_flow(scene: Scene, first: int, seconds: Iterable[int]) -> np.ndarray:
    """Motion of what is seen in one frame to others.

    A pixel of the first frame is followed with the layer it shows: skin (hair, shirt and wall included),
    eyeball, or spectacles. Where a blink hides an eye, or spectacles hide skin, in the second frame, the
    motion of the hidden point is given.

    Args:
        scene (Scene): The clip and its view.
        first (int): Index of the frame whose pixels are followed, counted from 0.
        seconds (Iterable[int]): Indices of the frames they are followed to.

    Returns:
        np.ndarray: ``(n, 2, H, W)`` float32 displacement (x, y) in pixels of the output.
    """
    grid = scene.grid()
    fields = scene.motion.basis(grid)
    coefficients = scene.motion.coefficients.astype(np.float32)
    source = grid - np.tensordot(coefficients[first], fields, 1)
    worn = GlassesOverlay(scene, grid, fields)
    linear = scene.view[:, :2].astype(np.float32)
    seconds = list(seconds)
    out = np.empty((len(seconds), 2, *scene.size), np.float32)
    for moved, second in zip(out, seconds):
        target = _slide_eyes(scene, source, first, second)
        # The seen point y of a target p solves y - displacement(y) = p.
        displacement = np.moveaxis(np.tensordot(coefficients[second], fields, 1), 0, -1).copy()
        points = target
        for _ in range(6):
            points = target + _lookup(displacement, scene.view, points)
        if worn.worn:
            index = (slice(None), *worn.box)
            solid = worn.seen(np.array([first]))[0, ..., -1] > 0.5
            carried = _carry_rigid(scene, worn.source(np.array([first]))[:, 0], second)
            points[index] = np.where(solid, carried, points[index])
        moved[:] = np.tensordot(linear, points - grid, 1)
    return out


def _slide_eyes(scene: Scene, source: np.ndarray, first: int, second: int) -> np.ndarray:
    """Where points before the face moves get by the slide of the lids and the turn of the eyeballs."""
    me, motion = scene.motion.identity, scene.motion
    target = source.copy()
    for side in (0, 1):
        index = (slice(None), *eye_box(scene, side))
        q = source[index]
        u, v = to_eye(me, side, q)
        near = np.abs(u) < 1
        state = lid_state(me, u, motion.lids[first, side], motion.closure[first, side])
        shift = np.where(near, skin_source(v, state) - v, 0)
        rest = q + np.stack([shift * c for c in slide_vector(me, side)])
        # Only this eye: boxes do not overlap, and the other eye's slide ends outside its own.
        lids, closure = motion.lids[second].copy(), motion.closure[second].copy()
        lids[1 - side], closure[1 - side] = 0, 0
        slid = slide_skin(me, lids, closure, rest)
        gaze = (motion.gaze[second] - motion.gaze[first])[:, None, None]
        target[index] = np.where((v > state.upper) & (v < state.lower) & near, q + gaze, slid)
    return target


def _carry_rigid(scene: Scene, source: np.ndarray, frame: int) -> np.ndarray:
    """Points of the unmoved head, moved with the head alone."""
    rigid = scene.motion.rigid[frame]
    points = source
    for _ in range(5):
        fields = rigid_basis(scene.motion.identity, points)
        points = source + sum(float(rigid[k]) * fields[k] for k in range(len(RIGID)))
    return points


def _lookup(displacement: np.ndarray, view: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values at canonical points of a smooth ``(H, W, 2)`` field given on the output's pixels."""
    v = view.astype(np.float32)
    x = v[0, 0] * points[0] + v[0, 1] * points[1] + v[0, 2]
    y = v[1, 0] * points[0] + v[1, 1] * points[1] + v[1, 2]
    return np.moveaxis(cv2.remap(displacement, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), -1, 0)
