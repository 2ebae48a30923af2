"""Exact optical flow of a prepared synthetic clip, from the plan that it was rendered from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fdp_mmaction.errors import DatasetError

from ..synthetic import GENERATOR_VERSION, ClipPlan, Difficulty, SyntheticConfig, plan_of
from ..synthetic.flow import exact_flow
from ..synthetic.scene import Scene, aligned_scene
from .loading import read_packed

EXACT = 'exact'
"""Name of the method, beside those of :data:`fdp_mmaction.functional.optical_flow.FLOW_METHODS`."""
REPORT = 'preparation.json'
TOLERANCE = 0.05
"""Pixels that the stored landmarks may differ from the generator's own."""


class ExactFlow:
    """Motion between any two frames of a clip that the generator rendered, 10 ms a pair at 144 pixels.

    Nothing but the generator's settings, in ``preparation.json``, is needed: the plan of the clip follows from them.
    That it is the plan of these frames is checked on the stored landmarks, so clips of another version of the
    generator, or that were aligned by other landmarks or frame by frame, are refused.

    Args:
        results (Mapping): Of the pipeline, behind ``LoadPackedFrames``: ``sample_id``, ``subject``, ``clip``,
            ``frame_ids``, ``frames_path``, ``landmarks_path``, ``frame_inds`` and ``imgs`` as they were loaded.
    """

    def __init__(self, results: Mapping[str, Any]) -> None:
        self._results = results

    def between(self, first: int, second: int) -> np.ndarray:
        """Motion from one frame to another.

        Args:
            first (int): Stored frame whose pixels are followed, counted from 0.
            second (int): Stored frame they are followed to.

        Returns:
            np.ndarray: ``(2, H, W)`` float32 displacement (x, y) in pixels of the stored frames. Where something is
            hidden in the second frame, it is the motion of what is hidden.

        Raises:
            DatasetError: If the clip was not rendered by this generator, or its frames were changed since.
        """
        indices = self._indices([first, second])
        return exact_flow(self._scene, int(indices[0]), [int(indices[1])])[0]

    def _indices(self, positions: Sequence[int]) -> np.ndarray:
        """Frames counted from the onset; stored frames may have gaps."""
        return np.asarray(self._results['frame_ids'])[np.asarray(positions)] - self._results['frame_ids'][0]

    @cached_property
    def _scene(self) -> Scene:
        results, name = self._results, self._results['sample_id']
        imgs = results['imgs']
        stored = read_packed(results['frames_path'], results['frame_inds'], name)
        if not np.array_equal(stored, imgs):
            raise DatasetError(f'{name}: exact flow is that of the stored frames, and these were changed: put '
                               'FlowTarget right after LoadPackedFrames.')
        plan = self._plan()
        scene, _ = aligned_scene(plan, imgs.shape[1])
        if not results.get('landmarks_path'):
            raise DatasetError(f'{name} was prepared without landmarks, so its frames cannot be told to be the '
                               "generator's: prepare the synthetic dataset with its own landmarks.")
        indices = self._indices(results['frame_inds'])
        landmarks = read_packed(results['landmarks_path'], results['frame_inds'], name)
        known = int(indices.max()) < plan.num_frames
        if not known or np.abs(scene.landmarks(indices) - landmarks).max() > TOLERANCE:
            raise DatasetError(f'{name}: the stored landmarks are not those of the generator, so its exact flow would '
                               'be wrong: prepare the synthetic dataset again, with its own landmarks and '
                               "align='onset'.")
        return scene

    def _plan(self) -> ClipPlan:
        results = self._results
        folder = Path(results['frames_path']).parents[2]
        config = generator_settings(folder)
        plan = None if config is None else plan_of(config, results['subject'], results['clip'])
        if plan is None:
            raise DatasetError(f'{results["sample_id"]}: exact flow is known of synthetic clips alone, and '
                               f'{folder / REPORT} does not tell how this one was rendered: choose another method of '
                               'FlowTarget, or prepare the synthetic dataset again.')
        return plan


def generator_settings(folder: Path) -> SyntheticConfig | None:
    """The settings of the generator that a prepared folder comes from.

    Args:
        folder (Path): The prepared folder.

    Returns:
        SyntheticConfig | None: Without meaning in the numbers of subjects and clips where the folder does not tell
        them. None for folders of other data, or of another version of the generator.
    """
    try:
        account = json.loads((folder / REPORT).read_text(encoding='utf-8'))
        settings = account['identity'].get('generator') or account['generator']
        if settings.get('generator', GENERATOR_VERSION) != GENERATOR_VERSION:
            return None
        preset = settings['preset']
        if not isinstance(preset, str):
            preset = Difficulty(**{**preset, 'motion_px': tuple(preset['motion_px'])})
        return SyntheticConfig(settings.get('num_subjects', 1), settings.get('clips_per_subject', 1), preset,
                               settings['seed'], settings['fps'])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
