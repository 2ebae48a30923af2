"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFTOVERS = '.*.partial*'
"""Pattern of the hidden files that a killed process leaves behind."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Write beside a file and rename at the end, so nobody ever sees half of it.

    Args:
        path (str | Path): The file to write. Its folder is made; an old version stays until the new one is whole.

    Yields:
        Path: Where to write: a hidden name in the same folder with the same suffix. Removed on an error.

    Examples:
        >>> with replacing('scores.json') as partial:
        ...     partial.write_text('{}')
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # a process number alone is not unique where several machines or containers write into one folder
    partial = path.with_name(f'.{path.stem}.{os.getpid()}-{secrets.token_hex(4)}.partial{path.suffix}')
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all.

    Args:
        path (str | Path): The file.
        text (str): Its content.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding='utf-8')
