"""Optical flow of a prepared folder, computed beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdp_mmaction.errors import DatasetError

from ..flow_cache import FlowCache, flow_folder
from ..readers.record import LeftOut
from ..transforms import LoadPackedFrames, SampleMEFrames
from ..transforms.flow import METHODS, sampled_flow
from ..transforms.sampling import ALL, MODES
from .folder import ANNOTATIONS
from .parallel import ClipTask, run_clips
from .pipeline import OnProgress
from .report import clip_failures


@dataclass(frozen=True)
class FlowSettings:
    """Between which frames flow is wanted, and how it is computed.

    Args:
        method (str): ``'tvl1'``, ``'dis'``, or ``'exact'`` for a synthetic dataset. Defaults to 'tvl1'.
        clip_len (int): Frames of a clip, at least 2. Defaults to 8.
        mode (str): How frames are sampled, as in ``SampleMEFrames``: ``'uniform'``, or ``'stride'`` with all its
            temporal offsets, as the released MOL code. Defaults to 'uniform'.
        num_clips (int): Clips of an ME; ``'uniform'`` only. Defaults to 1.

    Raises:
        DatasetError: If a value is out of range.
    """

    method: str = 'tvl1'
    clip_len: int = 8
    mode: str = 'uniform'
    num_clips: int = 1

    def __post_init__(self) -> None:
        if self.method not in METHODS or self.mode not in MODES:
            raise DatasetError(f'Flow is computed by {" or ".join(METHODS)} on frames sampled as '
                               f'{" or ".join(MODES)}; got {self.method!r} and {self.mode!r}.')
        if self.clip_len < 2 or self.num_clips < 1:
            raise DatasetError(f'Flow needs clips of at least 2 frames, and at least 1 clip; got {self.clip_len} '
                               f'frames and {self.num_clips} clips.')


@dataclass(frozen=True)
class FlowReport:
    """Outcome of :func:`prepare_flow`.

    Args:
        folder (Path): The prepared folder.
        settings (FlowSettings): What was asked for.
        clips (int): How many clips have their flow now.
        left_out (tuple[LeftOut, ...]): Clips without. Not ``lost`` are those too short to be sampled in this way.
    """

    folder: Path
    settings: FlowSettings
    clips: int
    left_out: tuple[LeftOut, ...]

    @property
    def lost(self) -> tuple[LeftOut, ...]:
        """Clips that should have flow and have none."""
        return tuple(entry for entry in self.left_out if entry.lost)


@dataclass(frozen=True)
class _FlowOfClip:
    """Samples a clip as training will, and has the flow of every pair kept."""

    settings: FlowSettings

    def __call__(self, task: ClipTask) -> None:
        results = task.item
        assert isinstance(results, dict)
        wanted = self.settings
        stride = wanted.mode == 'stride'
        num_clips = ALL if stride else wanted.num_clips
        results = LoadPackedFrames()(SampleMEFrames(wanted.clip_len, num_clips, wanted.mode)(results))
        sampled_flow(results, FlowCache(flow_folder(results['frames_path']), wanted.method, must_keep=True))


def prepare_flow(data_root: str | Path, settings: FlowSettings | None = None, *, workers: int = 1,
                 on_progress: OnProgress | None = None) -> FlowReport:
    """Compute the optical flow that ``FlowTarget`` asks for, so that training only reads it.

    What is there already is not computed again, so an interrupted run continues.

    Args:
        data_root (str | Path): A prepared folder.
        settings (FlowSettings, optional): Between which frames. Defaults to None: ``FlowSettings()``.
        workers (int): Number of processes. Defaults to 1.
        on_progress (OnProgress, optional): Called with clips done, clips in total and the clip just done. Defaults to
            None.

    Returns:
        FlowReport: The account.

    Raises:
        DatasetError: If the folder is not a prepared one, or no clip has flow.
        OSError: If flow cannot be written.
    """
    root, settings = Path(data_root), settings or FlowSettings()
    if workers < 1:
        raise DatasetError(f'The number of workers must be at least 1, got {workers}.')
    shortest = settings.clip_len if settings.mode == 'stride' else 1
    tasks, short = [], []
    for record in _records(root / ANNOTATIONS):
        subject, clip = str(record['subject']), str(record['clip'])
        if record['num_frames'] < shortest:
            short.append(LeftOut(f'{subject}/{clip}', f'fewer than {shortest} frames', lost=False))
        else:
            frames, landmarks = record.pop('frames'), record.pop('landmarks', None)
            tasks.append(ClipTask(subject, clip, {
                **record, 'frames_path': str(root / frames),
                'landmarks_path': str(root / str(landmarks)) if landmarks else None}))
    done = 0

    def on_done(_: int, name: str, failure: str | None) -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, len(tasks), name)

    failures = run_clips(tasks, _FlowOfClip(settings), workers, on_done)
    if len(failures) == len(tasks):
        raise DatasetError(f'No flow could be computed in {root}: {failures[0]}' if failures else
                           f'No clip of {root} has {shortest} frames: choose another sampling.')
    names = [f'{task.subject}/{task.clip}' for task in tasks]
    return FlowReport(root, settings, len(tasks) - len(failures), tuple(short) + clip_failures(names, failures))


def _records(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise DatasetError(f'{path} does not exist: prepare the dataset first.')
    try:
        records = json.loads(path.read_text(encoding='utf-8'))['data_list']
        for record in records:
            texts = [record[name] for name in ('sample_id', 'subject', 'clip', 'frames')]
            if not all(isinstance(text, str) for text in texts) or not isinstance(record['num_frames'], int):
                raise TypeError(texts)
        return records
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f'{path} is not the annotations of a prepared folder ({error!r}): prepare the dataset '
                           'again.') from None
