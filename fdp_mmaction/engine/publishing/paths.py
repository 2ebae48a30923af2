"""Texts and configs that say nothing about the machine they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

_PATH = re.compile(r"""(?<![\w:/.<{}$%~-])(?:~[\w.-]*|[A-Za-z]:)?[/\\][\w@%+=.-]+(?:[/\\][\w@%+=.-]+)*[/\\]?|(?<!\w)file:///\S+""")


def last_part(path: str) -> str:
    """The last part of a path of this or another system."""
    name = PureWindowsPath(path).name if '\\' in path else PurePosixPath(path).name
    return name or path


def is_absolute(text: str) -> bool:
    """Whether a text is, as a whole, a path from the root of a file system or of a user's files."""
    return bool(text.startswith(('/', '~', '\\\\', 'file://')) or re.match(r'[A-Za-z]:[/\\]', text))


def without_paths(text: str) -> str:
    """A sentence whose absolute paths are cut to their last part.

    Args:
        text (str): Any.

    Returns:
        str: Web addresses and relative paths stay.

    Examples:
        >>> without_paths('/home/someone/data/casme2 lacks sub01/EP02.')
        'casme2 lacks sub01/EP02.'
    """
    return _PATH.sub(lambda found: last_part(found[0].rstrip('/\\')), text)


def portable(value: Any, replaced: Mapping[str, str] | None = None) -> Any:
    """The same plain value whose texts name no place on this machine.

    Args:
        value: Texts, numbers, dicts, lists and tuples.
        replaced (Mapping[str, str], optional): Texts with a replacement of their own. Defaults to none.

    Returns:
        The value; texts that are absolute paths are cut to their last part.
    """
    if isinstance(value, str):
        if replaced and value in replaced:
            return replaced[value]
        return last_part(value.rstrip('/\\')) if is_absolute(value) else value
    if isinstance(value, Mapping):
        return {key: portable(item, replaced) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(portable(item, replaced) for item in value)
    return value
