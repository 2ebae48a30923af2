"""Where the clips of the SMIC releases lie: by camera, short or long, cropped or not.

Short clips lie in ``HS/s1/micro/negative/s1_ne_01``, and clips that show no micro-expression in ``HS/s1/non_micro``;
long clips in ``HS_long/SMIC-HS-E/s01/s1_ne_01``. Levels that copies of the releases add or drop do not matter: what
counts are the names of the folders on the way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .folders import list_frames, subfolders, walk
from .frame_folders import FrameFolders, Key
from .smic_names import clip_name, emotion_of_word, is_subject_folder, parse_clip, subject_name

CAMERAS = ('HS', 'VIS', 'NIR')
LAYOUTS = ('raw', 'long', 'cropped')
SEARCH_DEPTH = 6

_Entry = tuple[Path, tuple[str, ...], Path]   # a subject's folder, the names below it, and the clip's folder
_SORTING_LEVELS = 6


@dataclass(frozen=True)
class ShortClip:
    """A short clip, or what lies in its place.

    Args:
        key (tuple[str, str]): Key of its folder: the subject, and the path below the subject's folder.
        name (str): Name of the clip.
        emotion (str): What the folders on the way say; ``''`` if they say nothing.
        is_clip (bool): Whether it is a clip; False for images that lie where clips should be.
    """

    key: Key
    name: str
    emotion: str
    is_clip: bool


@dataclass(frozen=True)
class SmicFolders:
    """The clips of one camera in one layout.

    Args:
        frames (FrameFolders): Their folders, those that are no sample included.
        short (tuple[ShortClip, ...]): The samples among short clips, in order; empty for long clips.
    """

    frames: FrameFolders
    short: tuple[ShortClip, ...] = ()


def camera_of(root: Path, path: Path) -> str | None:
    """The camera that a path names: ``HS_long/SMIC-HS-E`` is of ``HS``. The deepest name that has one counts.

    Args:
        root (Path): The release folder; its own name counts, those above it do not.
        path (Path): A path below it, or itself.

    Returns:
        str | None: ``HS``, ``VIS``, ``NIR``, or None.
    """
    for name in reversed(_names(root, path)):
        words = re.split(r'[^a-z]+', name.lower())
        for camera in CAMERAS:
            if camera.lower() in words:
                return camera
    return None


def find_clips(root: Path, camera: str, layout: str) -> SmicFolders:
    """Find the clips of a camera.

    Args:
        root (Path): The release folder.
        camera (str): ``HS``, ``VIS`` or ``NIR``. Folders that name no camera are taken if none does.
        layout (str): ``raw`` or ``cropped`` (short clips), ``long``, or ``auto``: the first of ``raw``, ``long``,
            ``cropped`` that is there.

    Returns:
        SmicFolders: The clips.

    Raises:
        DatasetError: If they are not there, or lie in several places.
    """
    found = [(camera_of(root, folder), clips)
             for folder in walk(root, SEARCH_DEPTH, skip=lambda path: is_subject_folder(path.name))
             for clips in _clips_in(folder, root)]
    if not found:
        raise DatasetError(f'No clip folders s1/micro/negative/s1_ne_01 (short clips) or s01/s1_ne_01 (long clips) in '
                           f'{root}: unpack SMIC_all_raw, SMIC_all_cropped or SMIC-E there.')
    cameras = sorted({named for named, _ in found if named})
    if cameras and camera not in cameras:
        raise DatasetError(f'No clips of the camera {camera} in {root} (found: {", ".join(cameras)}): unpack those of '
                           f'{camera} there, or choose another camera.')
    places: dict[str, list[SmicFolders]] = {}
    for named, clips in found:
        if named == (camera if cameras else None):
            places.setdefault(clips.frames.layout, []).append(clips)
    chosen = next(name for name in LAYOUTS if name in places) if layout == 'auto' else layout
    if chosen not in places:
        raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(places))}): choose '
                           'another layout or unpack that part of the release.')
    if len(places[chosen]) > 1:
        folders = ', '.join(place.frames.folder.relative_to(root).as_posix() for place in places[chosen])
        raise DatasetError(f'Several folders in {root} hold {camera} clips of layout {chosen!r} ({folders}): give the '
                           'one to read.')
    return places[chosen][0]


def _names(root: Path, path: Path) -> tuple[str, ...]:
    return os.path.basename(os.path.abspath(root)), *path.relative_to(root).parts


def _clips_in(folder: Path, root: Path) -> Iterator[SmicFolders]:
    """The clips of the subjects that lie right in a folder."""
    entries = [(subject, parts, path) for subject in subfolders(folder) if is_subject_folder(subject.name)
               for parts, path in _descend(subject, (), _SORTING_LEVELS)]
    short = [entry for entry in entries if any(map(_kind, entry[1]))]
    long = [entry for entry in entries if not any(map(_kind, entry[1]))]
    if short:
        yield _short_clips(folder, _is_cropped(_names(root, folder), short), short)
    if any(parse_clip(path.name) for _, _, path in long):
        paths: dict[Key, Path] = {}
        for subject, _, path in long:
            paths[_free_key(paths, subject, clip_name(path.name), path)] = path
        yield SmicFolders(FrameFolders(folder, 'long', paths, ('image', None), shared=True))


def _descend(folder: Path, parts: tuple[str, ...], levels: int) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Folders of clips, below folders that only sort them; and of the latter those that hold images themselves."""
    for child in subfolders(folder):
        here = (*parts, child.name)
        if levels and _sorts(child):
            if list_frames(child, None, nested=False)[0]:
                yield here, child
            yield from _descend(child, here, levels - 1)
        else:
            yield here, child


def _sorts(folder: Path) -> bool:
    if _kind(folder.name) or is_subject_folder(folder.name):
        return True
    return parse_clip(folder.name) is None and any(
        _kind(child.name) or parse_clip(child.name) for child in subfolders(folder))


def _kind(name: str) -> str | None:
    """What a folder that sorts clips stands for: ``micro``, ``non_micro``, an emotion, or None."""
    name = name.strip().lower()
    if re.fullmatch(r'non[ _-]?micro.*', name):
        return 'non_micro'
    return 'micro' if name == 'micro' else emotion_of_word(name)


def _is_cropped(names: tuple[str, ...], entries: list[_Entry]) -> bool:
    if any(list_frames(path, prefix)[0] for _, _, path in entries for prefix in ('reg_image', 'reg_')):
        return True
    return next(('crop' in name.lower() for name in reversed(names) if re.search('crop|raw', name.lower())), False)


def _short_clips(folder: Path, cropped: bool, entries: list[_Entry]) -> SmicFolders:
    paths: dict[Key, Path] = {}
    clips = []
    for subject, parts, path in entries:
        key = _free_key(paths, subject, '/'.join(parts), path)
        paths[key] = path
        kinds = [kind for kind in map(_kind, parts) if kind]
        if 'non_micro' not in kinds:
            emotion = next((kind for kind in reversed(kinds) if kind != 'micro'), '')
            clips.append(ShortClip(key, clip_name(path.name), emotion, not _sorts(path)))
    prefixes = ('reg_image', 'reg_', None) if cropped else ('image', None)
    clips.sort(key=lambda clip: (clip.key[0], clip.name, clip.key[1]))
    return SmicFolders(FrameFolders(folder, 'cropped' if cropped else 'raw', paths, prefixes), tuple(clips))


def _free_key(paths: dict[Key, Path], subject: Path, name: str, path: Path) -> Key:
    """A key that is not taken: folders ``s1`` and ``s01`` are of one subject."""
    key = (str(subject_name(subject.name)), name)
    return key if key not in paths else (key[0], path.relative_to(subject.parent).as_posix())
