"""Call a function as soon as some module has been imported, now or later."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def when_imported(name: str, act: Callable[[], Any]) -> None:
    """Call ``act()`` after the module has run; at once if it has already been imported.

    A module that is being imported at this moment is waited for in vain until it is imported anew.

    Args:
        name (str): Full name of the module. It is not imported for the purpose.
        act (Callable): Called once, without arguments.
    """
    if getattr(getattr(sys.modules.get(name), '__spec__', None), '_initializing', True):      # absent, or under way
        if not _FINDER.waiting:
            sys.meta_path.insert(0, _FINDER)
        _FINDER.waiting.setdefault(name, []).append(act)
    else:
        act()


class _Finder(MetaPathFinder):
    """Finds nothing itself: lets the others find an awaited module, and adds the calls to its execution."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[], Any]]] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        acts = self.waiting.pop(name, None)
        if acts is None:
            return None
        spec = importlib.util.find_spec(name)      # asks this finder again, which no longer waits for the name
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_act(module: ModuleType) -> None:
            execute(module)
            for act in acts:
                act()

        spec.loader.exec_module = execute_and_act
        return spec


_FINDER = _Finder()
