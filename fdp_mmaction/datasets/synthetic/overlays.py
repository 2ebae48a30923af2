"""What is laid over the sheet frame by frame: eyes with sliding lids, and spectacles."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .eyes import HALF_SIZE, TEXEL as EYE_TEXEL, eye_layers, eyeball
from .glasses import TEXEL as GLASSES_TEXEL, X_RANGE, Y_RANGE, glasses_layer
from .identity import draw_identity, eye_to_face
from .lids import lid_state, skin_source, slide_vector, to_eye
from .motion import RIGID
from .sheet import GRAY, LEFT, TOP

if TYPE_CHECKING:
    from .scene import Scene

Box = tuple[slice, slice]


def box_around(scene: Scene, points: np.ndarray, margin: float) -> Box:
    """Rows and columns of the output that hold canonical points and a margin (canonical pixels)."""
    seen = points @ scene.view[:, :2].T + scene.view[:, 2]
    margin /= scene.spacing
    low, high = np.floor(seen.min(axis=0) - margin), np.ceil(seen.max(axis=0) + margin) + 1
    height, width = scene.size
    return (slice(int(np.clip(low[1], 0, height)), int(np.clip(high[1], 0, height))),
            slice(int(np.clip(low[0], 0, width)), int(np.clip(high[0], 0, width))))


def eye_box(scene: Scene, side: int) -> Box:
    """Rows and columns of the output where an eye and the skin that slides with its lids are seen."""
    me = scene.motion.identity
    u, v = np.meshgrid([-1.15, 1.15], [-me.lid_up - 27, me.lid_low + 16])
    corners = eye_to_face(me, u, v).reshape(-1, 2) * (1 if side else -1, 1) + np.asarray(me.origin)
    return box_around(scene, corners, 9)


@lru_cache(maxsize=4)
def _eyeball(seed: int, subject_index: int, gray: bool, sigma: float) -> np.ndarray:
    image = eyeball(draw_identity(seed, subject_index)) * np.float32(255)
    image = image @ GRAY if gray else image
    return cv2.GaussianBlur(image, (0, 0), sigma / EYE_TEXEL)


@lru_cache(maxsize=4)
def _glasses(seed: int, subject_index: int, gray: bool, sigma: float) -> np.ndarray | None:
    layer = glasses_layer(draw_identity(seed, subject_index))
    if layer is None:
        return None
    if gray:
        layer = np.stack([layer[..., :3] @ GRAY, layer[..., 3]], axis=-1)
    layer = cv2.GaussianBlur(layer, (0, 0), sigma / GLASSES_TEXEL)
    layer[..., :-1] *= 255
    return layer


def _sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray, border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
    """Sample a picture at ``(n, h, w)`` pixels of all frames in one call, stacked in height."""
    n, height, width = x.shape
    found = cv2.remap(picture, x.reshape(n * height, width).astype(np.float32),
                      y.reshape(n * height, width).astype(np.float32), cv2.INTER_LINEAR, borderMode=border)
    return found.reshape((n, height, width) + found.shape[2:])


class EyeOverlay:
    """Lays one eye and its sliding lids over frames.

    Args:
        scene (Scene): What is rendered.
        side (int): 0 the eye on the image's left, 1 on its right.
        sheet (np.ndarray): The subject's sheet.
        texel (float): Canonical pixels per pixel of the sheet.
    """

    def __init__(self, scene: Scene, side: int, sheet: np.ndarray, texel: float) -> None:
        self.scene, self.side, self.sheet, self.texel = scene, side, sheet, texel
        self.box = eye_box(scene, side)
        self.ball = _eyeball(scene.plan.config.seed, scene.plan.subject_index, scene.gray, scene.blur)

    def paint(self, frames: np.ndarray, maps: np.ndarray, part: np.ndarray) -> None:
        """Paint into ``frames (n, H, W[, 3])`` of indices ``part`` in place.

        ``maps (n, 2, H, W)`` are the pixels of the sheet that each pixel shows before the lids slide.
        """
        rows, cols = self.box
        if rows.stop <= rows.start or cols.stop <= cols.start:
            return
        scene, side = self.scene, self.side
        me, motion = scene.motion.identity, scene.motion
        q = (np.moveaxis(maps[:, :, rows, cols], 1, 0) + 0.5) * self.texel
        q += np.array([LEFT, TOP], np.float32)[:, None, None, None]
        u, v = to_eye(me, side, q)
        lids = motion.lids[part, side].astype(np.float32)[:, None, None]
        closure = motion.closure[part, side].astype(np.float32)[:, None, None]
        state = lid_state(me, u, lids, closure)
        shift = np.where(np.abs(u) < 1, skin_source(v, state) - v, 0)
        vector = slide_vector(me, side)
        skin = _sample(self.sheet, (q[0] + shift * vector[0] - LEFT) / self.texel - 0.5,
                            (q[1] + shift * vector[1] - TOP) / self.texel - 0.5)
        gaze = motion.gaze[part].T.astype(np.float32)[:, :, None, None]
        gaze = gaze * np.array([1 if side else -1, 1], np.float32)[:, None, None, None]
        opening, factor, spot, lash = eye_layers(me, u, v, state, scene.spacing, side, gaze)
        ball = _sample(self.ball, (u * me.eye_half_width - gaze[0] + HALF_SIZE[0]) / EYE_TEXEL - 0.5,
                            (v - gaze[1] + HALF_SIZE[1]) / EYE_TEXEL - 0.5)
        if not scene.gray:
            opening, factor, spot, lash = (f[..., None] for f in (opening, factor, spot, lash))
        image = skin + (ball * factor + 255 * spot - skin) * opening
        dark = 255 * np.minimum(np.asarray(me.hair, np.float32) * 0.35, 0.07)
        image += ((float(dark @ GRAY) if scene.gray else dark) - image) * lash
        frames[:, rows, cols] = image


class GlassesOverlay:
    """Lays spectacles over frames; they follow the head and not the skin. Does nothing where none are worn.

    Args:
        scene (Scene): What is rendered.
        grid (np.ndarray): ``(2, H, W)`` canonical coordinates of its pixels.
        basis (np.ndarray): ``(6 + K, 2, H, W)`` displacement fields there, rigid ones first.
    """

    def __init__(self, scene: Scene, grid: np.ndarray, basis: np.ndarray) -> None:
        self.scene = scene
        plan, me = scene.plan, scene.motion.identity
        self.layer = _glasses(plan.config.seed, plan.subject_index, scene.gray, scene.blur)
        x, y = np.meshgrid(X_RANGE, Y_RANGE)
        self.box = box_around(scene, np.stack([x.ravel(), y.ravel()], axis=1) + np.asarray(me.origin), 4)
        index = (slice(None), *self.box)
        self.grid, self.basis = grid[index], basis[(slice(0, len(RIGID)), *index)]

    @property
    def worn(self) -> bool:
        """Whether the subject wears spectacles that are in view."""
        return self.layer is not None and self.grid.size > 0

    def source(self, indices: np.ndarray) -> np.ndarray:
        """``(2, n, h, w)`` where on the unmoved head the pixels of :attr:`box` come from."""
        coefficients = self.scene.motion.rigid[indices].astype(np.float32)
        return self.grid[:, None] - np.moveaxis(np.tensordot(coefficients, self.basis, 1), 1, 0)

    def seen(self, indices: np.ndarray) -> np.ndarray:
        """``(n, h, w, C + 1)`` colour (premultiplied) and coverage over :attr:`box` in frames."""
        x, y = self.source(indices)
        ox, oy = self.scene.motion.identity.origin
        return _sample(self.layer, (x - (ox + X_RANGE[0])) / GLASSES_TEXEL - 0.5,
                       (y - (oy + Y_RANGE[0])) / GLASSES_TEXEL - 0.5, cv2.BORDER_CONSTANT)

    def paint(self, frames: np.ndarray, maps: np.ndarray, part: np.ndarray) -> None:
        """Paint into ``frames (n, H, W[, 3])`` of indices ``part`` in place."""
        if not self.worn:
            return
        seen = self.seen(part)
        view = frames[(slice(None), *self.box)]
        view *= 1 - (seen[..., 1] if self.scene.gray else seen[..., 3:])
        view += seen[..., 0] if self.scene.gray else seen[..., :3]
