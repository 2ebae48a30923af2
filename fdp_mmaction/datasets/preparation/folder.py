"""The prepared folder: where files lie, how they are written, and when a clip is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from fdp_mmaction.atomic import LEFTOVERS, replacing, write_text
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.clip_landmarks import Fallback

FORMAT = 1
ANNOTATIONS = 'annotations.json'
REPORT = 'preparation.json'
CLIPS = 'clips'


class PreparedFolder:
    """A prepared folder being written.

    ``preparation.json`` is written first, marked incomplete, and holds the identity (source and settings) of what
    is inside; only a preparation with the same identity may continue.

    Args:
        path (str | Path): The folder; made if needed.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def open(self, identity: Mapping[str, object], fresh: bool = False) -> None:
        """Start or continue.

        Args:
            identity (Mapping[str, object]): Source and settings, as JSON values.
            fresh (bool): Whether to delete what an earlier preparation wrote here. Defaults to False.

        Raises:
            DatasetError: If the folder holds something else, or was prepared with another identity.
        """
        report = self.path / REPORT
        if self.path.exists() and not self.path.is_dir():
            raise DatasetError(f'Output {self.path} is a file: give a folder.')
        if not report.exists() and self.path.exists() and any(map(_is_content, self.path.iterdir())):
            raise DatasetError(f'Output folder {self.path} is not empty and was not made by this tool: '
                               'give another folder.')
        if fresh and report.exists():
            if (self.path / CLIPS).exists():
                shutil.rmtree(self.path / CLIPS)
            (self.path / ANNOTATIONS).unlink(missing_ok=True)
            report.unlink()
        wanted = json.loads(json.dumps({'format': FORMAT, **identity}))
        if report.exists():
            self._check_identity(report, wanted)
        for leftover in self.path.rglob(LEFTOVERS):
            leftover.unlink(missing_ok=True)
        if not report.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            self.write_report({'complete': False, 'identity': wanted})

    def _check_identity(self, report: Path, wanted: Mapping[str, object]) -> None:
        try:
            present = json.loads(report.read_text(encoding='utf-8'))['identity']
            items = dict(_flatten(present))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DatasetError(f'{report} is damaged: start over with --fresh or give another folder.') from None
        for name, value in _flatten(wanted):
            if items.pop(name, None) != value:
                old = dict(_flatten(present)).get(name)
                raise DatasetError(f'{self.path} was prepared with {name} = {old!r}, now {value!r} is asked for: '
                                   'start over with --fresh or give another folder.')
        if items:
            raise DatasetError(f'{self.path} was prepared with {", ".join(sorted(items))}, which does not apply now: '
                               'start over with --fresh or give another folder.')

    def frames_file(self, subject: str, clip: str) -> str:
        """Relative path of a clip's frames."""
        return f'{CLIPS}/{subject}/{clip}.npy'

    def landmarks_file(self, subject: str, clip: str) -> str:
        """Relative path of a clip's landmarks."""
        return f'{CLIPS}/{subject}/{clip}.landmarks.npy'

    def fallbacks_file(self, subject: str, clip: str) -> str:
        """Relative path of the list of a clip's fallbacks; only a clip that has some has it."""
        return f'{CLIPS}/{subject}/{clip}.fallbacks.json'

    def is_done(self, subject: str, clip: str, num_frames: int, size: int, landmarks: bool) -> bool:
        """Whether a clip's files are there and whole.

        Args:
            subject (str): Subject.
            clip (str): Clip.
            num_frames (int): Number of frames it has.
            size (int): Side of the aligned square.
            landmarks (bool): Whether it has landmarks.

        Returns:
            bool: True if nothing is left to do.
        """
        return (_has_array(self.path / self.frames_file(subject, clip), (num_frames, size, size), np.uint8)
                and (not landmarks
                     or _has_array(self.path / self.landmarks_file(subject, clip), (num_frames, 68, 2), np.float32)))

    def write_clip(self, subject: str, clip: str, frames: np.ndarray, landmarks: np.ndarray | None) -> None:
        """Write a clip: frames first, landmarks last, each whole or not at all.

        Args:
            subject (str): Subject.
            clip (str): Clip.
            frames (np.ndarray): ``(F, size, size)`` uint8.
            landmarks (np.ndarray | None): ``(F, 68, 2)`` float32 in aligned pixels.
        """
        _write_array(self.path / self.frames_file(subject, clip), np.ascontiguousarray(frames, dtype=np.uint8))
        if landmarks is not None:
            _write_array(self.path / self.landmarks_file(subject, clip),
                         np.ascontiguousarray(landmarks, dtype=np.float32))

    def write_fallbacks(self, subject: str, clip: str, fallbacks: Sequence[Fallback]) -> None:
        """Keep how a clip's landmarks were found if not in the first way, so that a later run knows it; before
        :meth:`write_clip`.

        Args:
            subject (str): Subject.
            clip (str): Clip.
            fallbacks (Sequence[Fallback]): Empty to remove an earlier list.
        """
        path = self.path / self.fallbacks_file(subject, clip)
        if fallbacks:
            write_text(path, json.dumps([asdict(fallback) for fallback in fallbacks]) + '\n')
        else:
            path.unlink(missing_ok=True)

    def read_fallbacks(self, subject: str, clip: str) -> tuple[Fallback, ...]:
        """What :meth:`write_fallbacks` kept.

        Args:
            subject (str): Subject.
            clip (str): Clip.

        Returns:
            tuple[Fallback, ...]: Empty if nothing was kept.

        Raises:
            DatasetError: If the list is damaged.
        """
        path = self.path / self.fallbacks_file(subject, clip)
        if not path.exists():
            return ()
        try:
            kept = json.loads(path.read_text(encoding='utf-8'))
            return tuple(Fallback(str(entry['kind']), int(entry['frames']), int(entry['first'])) for entry in kept)
        except (OSError, ValueError, KeyError, TypeError):
            raise DatasetError(f'{path} is damaged: start over with --fresh or give another folder.') from None

    def write_annotations(self, metainfo: Mapping[str, object], data_list: Iterable[Mapping[str, object]]) -> None:
        """Write ``annotations.json``, one line per record.

        Args:
            metainfo (Mapping[str, object]): About the whole set.
            data_list (Iterable[Mapping[str, object]]): One mapping per sample.
        """
        lines = ',\n'.join(json.dumps(record) for record in data_list)
        write_text(self.path / ANNOTATIONS, f'{{"metainfo": {json.dumps(metainfo)},\n"data_list": [\n{lines}\n]}}\n')

    def write_report(self, report: Mapping[str, object]) -> None:
        """Write ``preparation.json``.

        Args:
            report (Mapping[str, object]): Its content.
        """
        write_text(self.path / REPORT, json.dumps(report, indent=2) + '\n')


def _is_content(path: Path) -> bool:
    return not path.name.startswith('.')


def _flatten(mapping: Mapping[str, object], prefix: str = '') -> Iterable[tuple[str, object]]:
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from _flatten(value, f'{prefix}{name}.')
        else:
            yield prefix + name, value


def _has_array(path: Path, shape: tuple[int, ...], dtype: type) -> bool:
    try:
        array = np.load(path, mmap_mode='r', allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return array.shape == shape and array.dtype == dtype


def _write_array(path: Path, array: np.ndarray) -> None:
    with replacing(path) as partial, open(partial, 'wb') as file:
        np.save(file, array)
