"""The folders of a release that hold frames, and the frames of a movement inside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .folders import list_frames

Key = tuple[str, str]


@dataclass
class FrameFolders:
    """The frame folders of one layout of a release, by subject and name.

    Args:
        folder (Path): The folder they lie in, for messages and for ``source``.
        layout (str): Which layout it is, for example ``raw_selected``.
        paths (Mapping[tuple[str, str], Path]): Subject and name (as on disk) to the folder.
        prefixes (tuple[str | None, ...]): What may come before the number of a frame, lower case, for example
            ``('img',)``; None for anything. The first that has images in a folder counts.
        shared (bool): Whether several movements may lie in one folder (long videos). Defaults to False.
    """

    folder: Path
    layout: str
    paths: Mapping[Key, Path]
    prefixes: tuple[str | None, ...]
    shared: bool = False
    used: set[Key] = field(default_factory=set)
    _listed: dict[Key, tuple[list[tuple[int, Path]], int]] = field(default_factory=dict, repr=False)

    def find(self, subject: str, name: str) -> Key | None:
        """The key of a folder: its exact name, or the only one that differs in case alone.

        Args:
            subject (str): Subject.
            name (str): Name of the folder according to the sheet.

        Returns:
            tuple[str, str] | None: A key of ``paths``; None if there is none, or several.
        """
        if (subject, name) in self.paths:
            return subject, name
        similar = [key for key in self.paths
                   if key[0].lower() == subject.lower() and key[1].lower() == name.lower()]
        return similar[0] if len(similar) == 1 else None

    def frames(self, key: Key) -> tuple[list[tuple[int, Path]], int]:
        """The numbered images of a folder, as :func:`~.folders.list_frames` gives them.

        The last listing is kept, not all: the long videos of a release are millions of files.

        Args:
            key (tuple[str, str]): A key of ``paths``.

        Returns:
            tuple: Pairs of frame number and path in numeric order, and how many files repeated a number.
        """
        if key not in self._listed:
            found = [list_frames(self.paths[key], prefix) for prefix in self.prefixes]
            self._listed = {key: next((frames for frames in found if frames[0]), ([], 0))}
        return self._listed[key]

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """Folders that no row asked for, ``subject/name``, sorted."""
        return tuple('/'.join(key) for key in sorted(self.paths.keys() - self.used))
