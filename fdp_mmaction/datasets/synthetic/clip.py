"""Rendered clips with their ground truth: the public functions of the generator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from collections.abc import Sequence

import numpy as np

from fdp_mmaction.errors import DatasetError

from .flow import exact_flow
from .plan import ClipPlan
from .scene import Scene, aligned_scene, camera_scene


@dataclass(frozen=True)
class SyntheticClip:
    """Frames of a clip and what is exactly true of them.

    Attributes:
        plan (ClipPlan): The clip.
        indices (np.ndarray): ``(T,)`` rendered frames, counted from 0 at the onset.
        frame_ids (np.ndarray): ``(T,)`` their numbers in the release, the first of a whole clip is the onset.
        frames (np.ndarray): ``(T, H, W, 3)`` uint8 BGR, or ``(T, size, size)`` uint8 for an aligned clip.
        landmarks (np.ndarray): ``(T, 68, 2)`` float32, x and y in pixels of the frames, iBUG order.
        matrix (np.ndarray | None): ``(2, 3)`` from camera pixels (640 x 480) to aligned pixels, else None.
        flow (np.ndarray | None): ``(T, 2, H, W)`` float32 motion (x, y) in pixels from the onset frame to
            each frame, on the onset frame's pixels; None unless asked for (see :meth:`flow_from_onset`).
        scene (Scene): What the clip was rendered from.
    """

    plan: ClipPlan
    indices: np.ndarray
    frame_ids: np.ndarray
    frames: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray | None
    flow: np.ndarray | None
    scene: Scene

    @property
    def action_units(self) -> dict[str, np.ndarray]:
        """Strength of each moving action unit side, e.g. ``L12``, over the rendered frames.

        Pixels of peak skin displacement, without the resting expression; an unrelated action unit of the
        clip is included, so this may name more units than ``plan.action_units``.
        """
        motion = self.scene.motion
        course = (motion.weights - motion.tonic)[self.indices].astype(np.float32)
        return {f'{side}{unit}': course[:, k] for k, (unit, side) in enumerate(motion.columns)
                if np.ptp(motion.weights[:, k]) > 1e-6}

    def flow_between(self, first: int, second: int) -> np.ndarray:
        """Exact motion between two frames of the clip, given by index from 0 at the onset.

        Returns:
            np.ndarray: ``(2, H, W)`` float32, in pixels, on the pixels of the first frame.
        """
        last = self.plan.num_frames - 1
        if not (0 <= first <= last and 0 <= second <= last):
            raise DatasetError(f'{self.plan.subject}/{self.plan.clip} has frames 0 to {last}, '
                               f'asked for motion from {first} to {second}.')
        return exact_flow(self.scene, first, [second])[0]

    def flow_from_onset(self) -> np.ndarray:
        """``(T, 2, H, W)`` float32 exact motion from the onset frame to each rendered frame, in pixels."""
        return exact_flow(self.scene, 0, self.indices.tolist())


def render_clip(plan: ClipPlan, height: int = 480, width: int = 640, frames: Sequence[int] | None = None,
                with_flow: bool = False, clean: bool = False) -> SyntheticClip:
    """Render a clip as the camera saw it.

    Args:
        plan (ClipPlan): The clip.
        height (int): Height of the frames. Defaults to 480.
        width (int): Width of the frames; the scene scales with it. Defaults to 640 (face about 280 px wide).
        frames (Sequence[int] | None): Indices to render, counted from 0 at the onset. Defaults to all.
        with_flow (bool): Also compute the motion from the onset frame. Defaults to False.
        clean (bool): Without sensor noise and changes of light. Defaults to False.

    Returns:
        SyntheticClip: Colour frames.

    Raises:
        DatasetError: If an index is not in the clip.
    """
    return _render(camera_scene(plan, height, width), frames, with_flow, clean, None)


def render_aligned_clip(plan: ClipPlan, size: int = 144, frames: Sequence[int] | None = None,
                        with_flow: bool = False, clean: bool = False) -> SyntheticClip:
    """Render a clip straight into the aligned square, in gray.

    The square is that of :func:`~fdp_mmaction.faces.alignment.alignment_matrix` (``box_factor`` 2.5) for the
    onset frame's landmarks at 640 x 480. The result agrees with rendering at that size and warping, up to
    the blur of resampling and the noise.

    Args:
        plan (ClipPlan): The clip.
        size (int): Side of the square. Defaults to 144.
        frames (Sequence[int] | None): Indices to render, counted from 0 at the onset. Defaults to all.
        with_flow (bool): Also compute the motion from the onset frame. Defaults to False.
        clean (bool): Without sensor noise and changes of light. Defaults to False.

    Returns:
        SyntheticClip: Gray frames ``(T, size, size)``, landmarks and flow in aligned pixels.

    Raises:
        DatasetError: If an index is not in the clip.
    """
    scene, matrix = aligned_scene(plan, size)
    return _render(scene, frames, with_flow, clean, matrix)


def _render(scene: Scene, frames: Sequence[int] | None, with_flow: bool, clean: bool,
            matrix: np.ndarray | None) -> SyntheticClip:
    plan = scene.plan
    indices = np.arange(plan.num_frames) if frames is None else np.asarray(frames, dtype=np.int64).reshape(-1)
    if indices.size and (indices.min() < 0 or indices.max() >= plan.num_frames):
        raise DatasetError(f'{plan.subject}/{plan.clip} has frames 0 to {plan.num_frames - 1}, '
                           f'asked for {int(indices.min())} to {int(indices.max())}.')
    if clean:
        scene = replace(scene, motion=scene.motion.still())
    clip = SyntheticClip(plan, indices, plan.onset + indices, scene.render(indices, noise=not clean),
                         scene.landmarks(indices).astype(np.float32), matrix, None, scene)
    return replace(clip, flow=clip.flow_from_onset()) if with_flow else clip
