"""The embedded dataset: faces drawn by formula that play micro-expressions, with exact ground truth.

Needs numpy and OpenCV only (openpyxl and rich to write a release).

Example:
    >>> from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_aligned_clip
    >>> plans = plan_clips(SyntheticConfig(num_subjects=2, clips_per_subject=5))
    >>> render_aligned_clip(plans[0], size=64, frames=[0, 1]).frames.shape
    (2, 64, 64)
"""

from __future__ import annotations

from .clip import SyntheticClip, render_aligned_clip, render_clip
from .config import GENERATOR_VERSION, PRESETS, Difficulty, SyntheticConfig
from .emotions import EMOTION_ACTION_UNITS, EMOTIONS, parse_action_units
from .plan import ClipPlan, plan_clips, plan_of
from .release import write_casme2_release

__all__ = [
    'EMOTIONS', 'EMOTION_ACTION_UNITS', 'GENERATOR_VERSION', 'PRESETS', 'ClipPlan', 'Difficulty', 'SyntheticClip',
    'SyntheticConfig', 'parse_action_units', 'plan_clips', 'plan_of', 'render_aligned_clip', 'render_clip',
    'write_casme2_release',
]
