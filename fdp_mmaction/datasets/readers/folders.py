"""Finding subjects, clips and frames in a release folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from fdp_mmaction.errors import DatasetError

_IMAGE = re.compile(r'(?P<prefix>.*?)(?P<number>\d{1,9})\.(?:jpg|jpeg|bmp|png)', flags=re.IGNORECASE | re.ASCII)


def release_folder(root: str | Path, holds: str) -> Path:
    """The folder of a release, if it is there.

    Args:
        root (str | Path): What the user gave.
        holds (str): What it should hold, for the message.

    Returns:
        Path: ``root``.

    Raises:
        DatasetError: If it does not exist.
    """
    root = Path(root)
    if not root.is_dir():
        raise DatasetError(f'Release folder {root} does not exist: give the folder that holds {holds}.')
    return root


def subfolders(folder: Path) -> list[Path]:
    """Sub-folders in name order, hidden ones left out.

    Args:
        folder (Path): A folder.

    Returns:
        list[Path]: Its sub-folders; empty if it cannot be listed.
    """
    return [folder / entry.name for entry in _entries(folder) if entry.is_dir() and not entry.name.startswith('.')]


def files_in(folder: Path) -> list[Path]:
    """Files in name order.

    Args:
        folder (Path): A folder.

    Returns:
        list[Path]: Its files; empty if it cannot be listed.
    """
    return [folder / entry.name for entry in _entries(folder) if entry.is_file()]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []


def walk(root: Path, depth: int, skip: Callable[[Path], bool] | None = None) -> Iterator[Path]:
    """A folder and the folders below it, nearest first.

    Args:
        root (Path): Where to begin.
        depth (int): How many levels to go down.
        skip (Callable[[Path], bool] | None): Which folders to leave out, with all below them. Defaults to None.

    Yields:
        Path: Folders, level by level, in name order.
    """
    level = [root]
    for remaining in range(depth, -1, -1):
        yield from level
        level = [child for folder in level for child in subfolders(folder)
                 if skip is None or not skip(child)] if remaining else []


def list_frames(folder: Path, prefix: str | None, nested: bool = True) -> tuple[list[tuple[int, Path]], int]:
    """The numbered images of a clip folder, in numeric order.

    Other files are ignored.

    Args:
        folder (Path): Clip folder.
        prefix (str | None): What comes before the number, lower case, for example ``img``; None for anything.
        nested (bool): Whether to look into the only sub-folder of a folder without images, because some copies
            of releases nest once more. Defaults to True.

    Returns:
        tuple: Pairs of frame number and path, one per number, and how many files repeated a number.
    """
    frames: dict[int, Path] = {}
    repeated = 0
    for path in sorted(files_in(folder), key=lambda path: (len(path.name), path.name)):
        match = _IMAGE.fullmatch(path.name)
        if match is None or prefix not in (None, match['prefix'].lower()):
            continue
        number = int(match['number'])
        if number in frames:
            repeated += 1
        else:
            frames[number] = path
    if not frames and nested and len(subfolders(folder)) == 1:
        return list_frames(subfolders(folder)[0], prefix, nested=False)
    return sorted(frames.items()), repeated
