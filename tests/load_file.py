"""Files of the project that are in no package: tools, ``setup.py``, examples."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

REPO = Path(__file__).resolve().parents[1]


def load_file(path: str | Path) -> ModuleType:
    """Run a file as a new module.

    Args:
        path (str | Path): Of the file, from the root of the project.

    Returns:
        ModuleType: What it defines.
    """
    path = REPO / path
    assert path.is_file(), f'{path} does not exist'
    spec = importlib.util.spec_from_file_location(f'file_{path.stem}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
