"""A clip seen through an affine view: its frames and landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fdp_mmaction.faces.alignment import alignment_matrix

from .identity import rest_landmarks
from .lids import lid_landmarks
from .motion import Motion, build_motion
from .overlays import EyeOverlay, GlassesOverlay
from .plan import ClipPlan
from .sheet import GRAY, LEFT, TOP, sheet_level

_CHUNK_PIXELS = 2_500_000


@dataclass(frozen=True)
class Scene:
    """A clip seen through an affine view.

    Attributes:
        plan (ClipPlan): The clip.
        motion (Motion): Its courses.
        view (np.ndarray): ``(2, 3)`` from canonical pixels to pixels of the output.
        size (tuple[int, int]): Height and width of the output.
        gray (bool): One channel instead of three (BGR).
    """

    plan: ClipPlan
    motion: Motion
    view: np.ndarray
    size: tuple[int, int]
    gray: bool

    @property
    def spacing(self) -> float:
        """Distance between output pixels in canonical pixels."""
        return float(1 / np.sqrt(abs(np.linalg.det(self.view[:, :2]))))

    @property
    def blur(self) -> float:
        """Blur of the optics in canonical pixels, in steps, so that clips share cached pictures."""
        return round(float(np.hypot(0.5, 0.38 * self.spacing)) * 8) / 8

    def grid(self) -> np.ndarray:
        """``(2, H, W)`` float32 canonical coordinates of the output's pixels."""
        height, width = self.size
        inverse = cv2.invertAffineTransform(self.view)
        x, y = np.arange(width, dtype=np.float64)[None], np.arange(height, dtype=np.float64)[:, None]
        return np.stack([inverse[k, 0] * x + inverse[k, 1] * y + inverse[k, 2] for k in (0, 1)]).astype(np.float32)

    def landmarks(self, indices: np.ndarray) -> np.ndarray:
        """``(n, 68, 2)`` float64 exact landmarks of frames, in pixels of the output."""
        motion = self.motion
        rest = np.repeat(rest_landmarks(motion.identity)[None], len(indices), axis=0)
        rest[:, 36:48] = lid_landmarks(motion.identity, motion.lids[indices], motion.closure[indices])
        target = np.moveaxis(rest, -1, 0)
        coefficients = motion.coefficients[indices]
        points = target
        # The seen point y of sheet point p solves y - displacement(y) = p; the displacement contracts.
        for _ in range(7):
            points = target + np.einsum('nk,kdnp->dnp', coefficients, motion.basis(points))
        return np.moveaxis(points, 0, -1) @ self.view[:, :2].T + self.view[:, 2]

    def render(self, indices: np.ndarray, noise: bool = True) -> np.ndarray:
        """Render frames.

        Args:
            indices (np.ndarray): Frame indices counted from 0.
            noise (bool): Add sensor noise. Defaults to True.

        Returns:
            np.ndarray: ``(n, H, W)`` or ``(n, H, W, 3)`` uint8.
        """
        config, motion = self.plan.config, self.motion
        height, width = self.size
        sheet, texel = sheet_level(config.seed, self.plan.subject_index, self.blur, self.gray)
        grid = self.grid()
        basis = motion.basis(grid)
        mapping, coefficients = _sheet_mapping(grid, basis, motion.coefficients, texel)
        lighting = _lighting(grid)
        overlays = [EyeOverlay(self, side, sheet, texel) for side in (0, 1)] + [GlassesOverlay(self, grid, basis)]
        out = np.empty((len(indices), height, width) + (() if self.gray else (3,)), np.uint8)
        step = max(1, _CHUNK_PIXELS // (height * width))
        for start in range(0, len(indices), step):
            part = np.asarray(indices[start:start + step])
            maps = (coefficients[part] @ mapping).reshape(-1, 2, height, width)
            frames = np.empty((len(part), height, width) + sheet.shape[2:], np.float32)
            for frame, (x, y) in zip(frames, maps):
                cv2.remap(sheet, x, y, cv2.INTER_LINEAR, dst=frame, borderMode=cv2.BORDER_REPLICATE)
            for overlay in overlays:
                overlay.paint(frames, maps, part)
            for k, index in enumerate(part):
                gain = (motion.light[index].astype(np.float32) @ lighting).reshape(height, width)
                gain += 1
                frames[k] *= gain if self.gray else gain[..., None]
                out[start + k] = self._expose(frames[k], int(index), noise)
        return out

    def _expose(self, frame: np.ndarray, index: int, noise: bool) -> np.ndarray:
        sigma = self.plan.config.difficulty.noise
        if noise and sigma > 0:
            # Averaging of colours, and of pixels when the camera is reduced, lowers the noise.
            sigma *= (float(np.linalg.norm(GRAY)) if self.gray else 1.0) * (1.0 if self.spacing < 1.05 else 0.67)
            grains = self.plan.noise_rng(index).standard_normal(frame.shape, dtype=np.float32)
            # Shot noise grows with the root of the signal; 128 grey levels carry the nominal amount.
            strength = np.clip(frame, 4, 255)
            strength *= np.float32(0.75 / 128 * sigma ** 2)
            strength += np.float32(0.25 * sigma ** 2)
            grains *= np.sqrt(strength, out=strength)
            frame = np.add(frame, grains, out=grains)
        frame = np.rint(frame)
        return np.clip(frame, 0, 255, out=frame).astype(np.uint8)


def _sheet_mapping(grid: np.ndarray, basis: np.ndarray, coefficients: np.ndarray, texel: float,
                   ) -> tuple[np.ndarray, np.ndarray]:
    """From where on the sheet the pixels of every frame come, as one product of matrices.

    Returns:
        tuple[np.ndarray, np.ndarray]: ``(1 + m, 2 * H * W)`` and ``(T, 1 + m)`` float32; the second times
        the first are pixels of the sheet. Fields that do not change within the clip are summed up beforehand.
    """
    moving = np.ptp(coefficients, axis=0) > 0
    still = grid - np.tensordot(coefficients[0, ~moving].astype(np.float32), basis[~moving], 1)
    still -= np.array([LEFT, TOP], np.float32)[:, None, None]
    still /= np.float32(texel)
    still -= np.float32(0.5)
    mapping = np.concatenate([still[None], basis[moving]]).reshape(1 + int(moving.sum()), -1)
    scaled = coefficients[:, moving] * (-1 / texel)
    return mapping, np.concatenate([np.ones((len(scaled), 1)), scaled], axis=1).astype(np.float32)


def camera_scene(plan: ClipPlan, height: int = 480, width: int = 640) -> Scene:
    """The clip through its camera: about 280 px of face at width 640, in proportion otherwise."""
    motion = build_motion(plan)
    scale = width / 640
    camera = np.array([[scale, 0, 0.5 * scale - 0.5], [0, scale, (height - 1) / 2 - 239.5 * scale]])
    return Scene(plan, motion, _after(camera, motion.place), (height, width), gray=False)


def aligned_scene(plan: ClipPlan, size: int) -> tuple[Scene, np.ndarray]:
    """The clip in the aligned square of its onset frame, and the matrix from 640 x 480 camera pixels to it."""
    camera = camera_scene(plan)
    matrix = alignment_matrix(camera.landmarks(np.array([0]))[0], size=size, box_factor=2.5)
    return Scene(plan, camera.motion, _after(matrix, camera.view), (size, size), gray=True), matrix


def _after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The affine map that applies ``first``, then ``second``."""
    whole = second[:, :2] @ first
    whole[:, 2] += second[:, 2]
    return whole


def _lighting(grid: np.ndarray) -> np.ndarray:
    """``(3, H * W)`` fields of :attr:`Motion.light`."""
    return np.stack([np.ones_like(grid[0]), (grid[0] - 320) / 100, (grid[1] - 240) / 100]).reshape(3, -1)
