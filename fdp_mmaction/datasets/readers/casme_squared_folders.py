"""The frame folders of CAS(ME)^2: long videos, or one folder per movement."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .folders import subfolders, walk
from .frame_folders import FrameFolders, Key

LAYOUTS = ('rawpic', 'selectedpic', 'cropped', 'long_cropped')
_PREFIXES = ('img', 'img_', 'reg_img', 'reg_img_')

_Entry = tuple[bool, int, Path]   # whether the subject's folder is called s15 (not 15), its number, a folder in it


def find_folders(root: Path, layout: str, subjects: Mapping[int, str],
                 clips: Collection[tuple[object, object]]) -> tuple[FrameFolders, dict[Key, str] | None]:
    """Find the frame folders of a layout.

    Args:
        root (Path): The release folder.
        layout (str): One of :data:`LAYOUTS`, or ``auto``: the first of them that is there.
        subjects (Mapping[int, str]): Number of a subject in the sheet to its name, ``1`` to ``'s15'``.
        clips (Collection[tuple[object, object]]): Subject and clip of every row of the sheet, to find out how
            ``cropped`` numbers its subjects.

    Returns:
        tuple: The folders, and for long videos the name of the folder by subject and video code (``('s15', '0102')``
        to ``'15_0102eatingworms'``), else None.

    Raises:
        DatasetError: If the layout is unknown or not there.
    """
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, tuple[FrameFolders, dict[Key, str] | None]] = {}
    for folder in walk(root, 3, skip=lambda path: _video(path) is not None):
        entries = [(bool(match[1]), int(match[2]), path) for subject in subfolders(folder)
                   if (match := re.fullmatch(r'(s?)(\d{1,3})', subject.name, re.IGNORECASE | re.ASCII))
                   for path in subfolders(subject)]
        if not entries:
            continue
        is_long = 2 * sum(_video(path) is not None for _, _, path in entries) >= len(entries)
        name = _layout_of((folder.relative_to(root).as_posix() if folder != root else root.name).lower(), is_long,
                          named=any(with_s for with_s, _, _ in entries))
        paths, videos = _long_videos(entries, subjects) if is_long else (_clips(entries, subjects, clips), None)
        found.setdefault(name, (FrameFolders(folder, name, paths, _PREFIXES, shared=True), videos))
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if name in found:
            return found[name]
    if not found:
        raise DatasetError(f'No folders s15/15_0101... or s15/anger1_1 in {root}: unpack rawpic or selectedpic there.')
    raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(found))}): '
                       'choose another layout or unpack that part of the release.')


def _layout_of(name: str, is_long: bool, named: bool) -> str:
    if is_long:
        return 'long_cropped' if 'crop' in name else 'rawpic'
    return 'cropped' if 'crop' in name or not (named or 'select' in name) else 'selectedpic'


def _video(path: Path) -> re.Match[str] | None:
    """Number of the subject and code of the stimulus; the rest of the name has misspellings (``0503unnyfarting``)."""
    return re.match(r'(\d{1,3})[_ -](\d{4})(?!\d)', path.name, re.ASCII)


def _long_videos(entries: Collection[_Entry],
                 subjects: Mapping[int, str]) -> tuple[dict[Key, Path], dict[Key, str]]:
    """Paths by subject and name, and names by subject and video code.

    The number in a name says whose video it is, because rawpic holds ``s19/23_0502funnyerrors``, a video of s23. One in
    the folder of its own subject is preferred.
    """
    paths: dict[Key, Path] = {}
    videos: dict[Key, str] = {}
    strays: list[tuple[str, str, str, Path]] = []
    for _, number, path in entries:
        video, owner = _video(path), f's{number:02d}'
        subject = f's{int(video[1]):02d}' if video else owner
        if video and subject != owner and subject in subjects.values():
            strays.append((subject, owner, video[2], path))
            continue
        paths[owner, path.name] = path
        if video:
            videos.setdefault((owner, video[2]), path.name)
    for subject, owner, code, path in strays:
        if (subject, path.name) in paths:
            paths[owner, path.name] = path
        else:
            paths[subject, path.name] = path
            videos.setdefault((subject, code), path.name)
    return paths, videos


def _clips(entries: Collection[_Entry], subjects: Mapping[int, str],
           clips: Collection[tuple[object, object]]) -> dict[Key, Path]:
    """Paths by subject and name. A folder ``15`` is s15, unless more clips fit subject 15 of the sheet."""
    by_name = {(f's{number:02d}', path.name): path for _, number, path in entries}
    by_number = {(f's{number:02d}' if with_s else subjects.get(number, f's{number:02d}'), path.name): path
                 for with_s, number, path in entries}
    fit = [sum((subject, name.lower()) in clips for subject, name in paths) for paths in (by_name, by_number)]
    return by_number if fit[1] > fit[0] else by_name
