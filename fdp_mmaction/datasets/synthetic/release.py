"""Writes a synthetic dataset as the folders and the coding sheet of the CASME II release."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Callable
from collections.abc import Iterator

import cv2
import numpy as np

from fdp_mmaction.atomic import replacing, write_text
from fdp_mmaction.errors import DatasetError

from .clip import render_clip
from .config import GENERATOR_VERSION, SyntheticConfig
from .plan import ClipPlan, plan_clips

FRAMES, LANDMARKS, CODING = 'CASME2_RAW_selected', 'landmarks', 'CASME2-coding-20140508.xlsx'
_SETTINGS = 'synthetic.json'
_HEADER = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame', 'OffsetFrame', None, 'Action Units',
           'Estimated Emotion')
_README = """These are synthetic faces.

No person is shown here. The folders and the coding sheet are laid out as in the CASME II release, so that
tools for that release can be tried without it; the images come from a procedural generator
(fdp_mmaction.datasets.synthetic). `landmarks/` holds the exact 68 landmarks of every frame and
`synthetic.json` the settings everything follows from. Results on these clips say nothing about real faces.
"""


def write_casme2_release(config: SyntheticConfig, root: str | os.PathLike, width: int = 640, height: int = 480,
                         num_workers: int = 2, progress: bool = True) -> None:
    """Write a dataset in the layout of CASME II.

    ``root/CASME2_RAW_selected/sub01/EP01_02f/img46.jpg`` (frames, numbered from the onset),
    ``root/CASME2-coding-20140508.xlsx`` (the coding sheet), ``root/landmarks/sub01/EP01_02f.npz`` (arrays
    ``landmarks (T, 68, 2)`` float32 in pixels and ``frame_ids (T,)``), ``root/README.txt`` and
    ``root/synthetic.json``. Clips appear whole or not at all; a second call writes only what is missing.

    Args:
        config (SyntheticConfig): Size, difficulty and seed.
        root (str | os.PathLike): Folder to write to; made if needed.
        width (int): Width of the frames; the scene scales with it. Defaults to 640.
        height (int): Height of the frames. Defaults to 480.
        num_workers (int): Processes that render side by side. Defaults to 2.
        progress (bool): Show a progress bar. Defaults to True.

    Raises:
        DatasetError: If the folder holds a synthetic dataset of other settings, or a size is not positive.
    """
    if width < 16 or height < 16:
        raise DatasetError(f'Frames of a release must be at least 16 pixels on a side, got {width} x {height}.')
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    _keep_settings(config, root, width, height)
    plans = plan_clips(config)
    missing = [plan for plan in plans if not _landmark_file(root, plan).exists()]
    with _progress_bar(progress, len(plans), len(plans) - len(missing)) as advance:
        if num_workers <= 1 or not missing:
            for plan in missing:
                _write_clip(plan, root, width, height)
                advance()
        else:
            # Spawned, not forked: OpenCV's threads do not survive a fork. By subject: its face is painted once.
            with ProcessPoolExecutor(num_workers, mp_context=get_context('spawn'), initializer=cv2.setNumThreads,
                                     initargs=(1,)) as pool:
                for future in as_completed([pool.submit(_write_clips, list(group), root, width, height)
                                            for _, group in groupby(missing, key=lambda plan: plan.subject)]):
                    advance(future.result())
    _write_coding(plans, root / CODING)
    write_text(root / 'README.txt', _README)


def _landmark_file(root: Path, plan: ClipPlan) -> Path:
    """The last file written of a clip: where it exists, the clip is complete."""
    return root / LANDMARKS / plan.subject / f'{plan.clip}.npz'


def _write_clips(plans: list[ClipPlan], root: Path, width: int, height: int) -> int:
    for plan in plans:
        _write_clip(plan, root, width, height)
    return len(plans)


def _write_clip(plan: ClipPlan, root: Path, width: int, height: int) -> None:
    folder = root / FRAMES / plan.subject / plan.clip
    partial = folder.with_name(f'.{plan.clip}.partial')
    for leftover in (partial, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    clip = render_clip(plan, height, width)
    for number, frame in zip(clip.frame_ids, clip.frames):
        path = partial / f'img{number}.jpg'
        if not cv2.imwrite(str(path), frame, (cv2.IMWRITE_JPEG_QUALITY, 95)):
            raise DatasetError(f'Could not write {path}: check free space and permissions.')
    os.replace(partial, folder)
    with replacing(_landmark_file(root, plan)) as beside:
        np.savez(beside, landmarks=clip.landmarks, frame_ids=clip.frame_ids)


def _write_coding(plans: list[ClipPlan], path: Path) -> None:
    from openpyxl import Workbook
    book = Workbook()
    sheet = book.active
    sheet.title = 'Sheet1'
    sheet.append(_HEADER)
    for plan in plans:
        sheet.append((plan.subject[3:], plan.clip, None, plan.onset, plan.apex, plan.offset, None,
                      plan.action_units, plan.emotion))
    with replacing(path) as beside:
        book.save(beside)


def _keep_settings(config: SyntheticConfig, root: Path, width: int, height: int) -> None:
    """Refuse to mix datasets in one folder; more subjects or clips of the same dataset are welcome."""
    settings = dict(generator=GENERATOR_VERSION, preset=dataclasses.asdict(config.difficulty), seed=config.seed,
                    fps=config.fps, width=width, height=height)
    settings = json.loads(json.dumps(settings))
    path = root / _SETTINGS
    if path.exists():
        try:
            found = json.loads(path.read_text())
        except json.JSONDecodeError:
            found = None
        if found != settings:
            raise DatasetError(f'{path} belongs to a synthetic dataset of other settings: '
                               'choose another folder or delete this one.')
    else:
        write_text(path, json.dumps(settings, indent=2) + '\n')


@contextmanager
def _progress_bar(show: bool, total: int, finished: int) -> Iterator[Callable[..., None]]:
    if not show:
        yield lambda clips=1: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    columns = (TextColumn('rendering clips'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task('', total=total, completed=finished)
        yield lambda clips=1: bar.advance(task, clips)
