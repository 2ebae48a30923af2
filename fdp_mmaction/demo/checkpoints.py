"""Which trained models the page offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fdp_mmaction.engine.launch import UsageError

NO_CHECKPOINT = ('There is no trained model yet: run `make quickstart`, which trains a small one on the embedded '
                 'synthetic faces, then start this page again, or name one by `--checkpoint name=path`.')
MOST = 20
"""Models that are offered, the newest first."""


def parse_checkpoints(given: Sequence[str]) -> dict[str, Path]:
    """Read ``--checkpoint`` values.

    Args:
        given (Sequence[str]): ``name=path``, or a path alone, which is named after its folder and itself.

    Returns:
        dict[str, Path]: By name, in the order given.

    Raises:
        UsageError: If a file is missing or a name comes twice.
    """
    found: dict[str, Path] = {}
    for text in given:
        name, separator, rest = text.partition('=')
        path = Path(rest if separator else text).expanduser()
        name = name if separator else f'{path.parent.name}/{path.stem}'
        if not path.is_file():
            raise UsageError(f'Checkpoint {path} does not exist; check the path in --checkpoint {text}.')
        if name in found:
            raise UsageError(f'--checkpoint names two models {name}: give each a name of its own, name=path.')
        found[name] = path
    return found


def find_checkpoints(root: str | Path = 'work_dirs', most: int = MOST) -> dict[str, Path]:
    """The last checkpoint of every training in a folder.

    Args:
        root (str | Path): Where trainings write. Defaults to ``work_dirs``.
        most (int): How many to return. Defaults to :data:`MOST`.

    Returns:
        dict[str, Path]: By the name of the training's folder, the newest first; empty where there is none.
    """
    root = Path(root)
    last: dict[Path, Path] = {}
    for path in root.rglob('*.pth'):
        if re.fullmatch(r'(epoch|iter)_\d+', path.stem) and any(path.parent.glob('*.py')):
            known = last.get(path.parent)
            if known is None or _step(path) > _step(known):
                last[path.parent] = path
    newest = sorted(last.values(), key=lambda path: path.stat().st_mtime, reverse=True)[:most]
    return {path.parent.relative_to(root).as_posix(): path for path in newest}


def _step(path: Path) -> int:
    return int(path.stem.rsplit('_', 1)[1])
