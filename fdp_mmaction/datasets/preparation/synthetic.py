"""Preparing the synthetic dataset: rendered straight into the prepared folder, or from images written before."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import DatasetError

from ..readers import CASME2
from ..readers.action_units import parse_action_units
from ..synthetic import ClipPlan, SyntheticConfig, plan_clips, render_aligned_clip
from .folder import REPORT, PreparedFolder
from .pipeline import OnProgress, fill_folder
from .release import prepare_release
from .report import PreparationReport
from .settings import PreparationSettings, check_size

DATASET = 'synthetic'


@dataclass(frozen=True)
class RenderedClips:
    """Callable that renders the frames and landmarks of a plan.

    Args:
        size (int): Side of the aligned square in pixels.
    """

    size: int

    def __call__(self, plan: ClipPlan) -> tuple[np.ndarray, np.ndarray]:
        """Render a clip.

        Args:
            plan (ClipPlan): The clip.

        Returns:
            tuple: Frames ``(F, size, size)`` uint8 and landmarks ``(F, 68, 2)`` float32 in aligned pixels.
        """
        clip = render_aligned_clip(plan, size=self.size)
        return clip.frames, clip.landmarks


def prepare_synthetic(config: SyntheticConfig, out: str | Path, size: int = 144, *, workers: int = 1,
                      fresh: bool = False, on_progress: OnProgress | None = None) -> PreparationReport:
    """Render a synthetic dataset as a prepared folder.

    Args:
        config (SyntheticConfig): Size, difficulty and seed of the dataset.
        out (str | Path): The prepared folder.
        size (int): Side of the aligned square in pixels. Defaults to 144.
        workers (int): Number of processes. Defaults to 1.
        fresh (bool): Whether to delete what an earlier preparation wrote to ``out``. Defaults to False.
        on_progress (OnProgress | None): Called with clips done, clips in total and the clip just done.
            Defaults to None.

    Returns:
        PreparationReport: What was written.

    Raises:
        DatasetError: If the output folder cannot be used.
    """
    check_size(size)
    plans = plan_clips(config)
    identity = {'dataset': DATASET, 'generator': asdict(config), 'settings': {'size': size}}
    metainfo = {'dataset': DATASET, 'fps': config.fps, 'align': 'onset'}
    draft = PreparationReport(folder=Path(out), dataset=DATASET, data_list=())
    return fill_folder(PreparedFolder(out), identity, metainfo, [_annotation(plan) for plan in plans], plans,
                       RenderedClips(size), size, True, draft, workers, fresh, on_progress)


def prepare_synthetic_release(root: str | Path, out: str | Path, settings: PreparationSettings, *, workers: int = 1,
                              fresh: bool = False, on_progress: OnProgress | None = None) -> PreparationReport:
    """Prepare a synthetic dataset that was written as images in the layout of CASME II.

    Args:
        root (str | Path): The folder with ``synthetic.json``.
        out (str | Path): The prepared folder.
        settings (PreparationSettings): How to align.
        workers (int): Number of processes. Defaults to 1.
        fresh (bool): Whether to delete what an earlier preparation wrote to ``out``. Defaults to False.
        on_progress (OnProgress | None): Called with clips done, clips in total and the clip just done.
            Defaults to None.

    Returns:
        PreparationReport: What was written and what was left out.

    Raises:
        DatasetError: If the folder is no synthetic release, or as in :func:`prepare_release`.
        FaceError: If the landmarks cannot be found.
    """
    path = Path(root) / 'synthetic.json'
    try:
        generator = json.loads(path.read_text(encoding='utf-8'))
        fps = int(generator['fps'])
    except (OSError, ValueError, KeyError, TypeError):
        raise DatasetError(f'{path} is missing or damaged: give a folder written by '
                           'tools/generate_synthetic.py.') from None
    report = prepare_release(CASME2, root, out, settings, errata=False, dataset=DATASET, fps=fps, workers=workers,
                             fresh=fresh, on_progress=on_progress)
    account = json.loads((Path(out) / REPORT).read_text(encoding='utf-8'))
    PreparedFolder(out).write_report({**account, 'generator': generator})      # from which exact flow follows
    return report


def _annotation(plan: ClipPlan) -> dict[str, object]:
    units, _ = parse_action_units(plan.action_units)
    return {
        'sample_id': f'{DATASET}/{plan.subject}/{plan.clip}', 'dataset': DATASET, 'subject': plan.subject,
        'clip': plan.clip, 'emotion': plan.emotion, 'onset': plan.onset, 'apex': plan.apex, 'offset': plan.offset,
        'apex_source': 'sheet', 'frame_ids': list(plan.frame_ids), 'action_units': [str(unit) for unit in units],
        'objective_class': None,
    }
