"""Results on disk: JSON for programs, Markdown for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fdp_mmaction.atomic import write_text


def write_result(folder: Path, name: str, result: Mapping[str, Any], text: str) -> list[Path]:
    """Write a result, whole or not at all.

    Args:
        folder (Path): Is made when needed.
        name (str): Of the files, without ending; earlier ones are replaced.
        result (Mapping): For JSON.
        text (str): The same as Markdown.

    Returns:
        list[Path]: ``<name>.json`` and ``<name>.md``.
    """
    files = [folder / f'{name}.json', folder / f'{name}.md']
    write_text(files[0], json.dumps(result, indent=2) + '\n')
    write_text(files[1], text + '\n')
    return files
