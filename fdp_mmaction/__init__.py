"""Micro-expression recognition as an MMAction2 plugin.

Importing the package takes no time, because it imports nothing else: MMAction2's registries import the components when
they are first asked for something, and each repair of the host takes place when its subject is imported.
"""

from __future__ import annotations

import importlib as _importlib
from types import ModuleType as _ModuleType

from .compat import repair_on_import as _repair_on_import
from .locations import add_locations as _add_locations
from .on_import import when_imported as _when_imported
from .version import __version__

_PARTS = ('apis', 'datasets', 'engine', 'evaluation', 'inference', 'models')

_repair_on_import()
_when_imported('mmaction.registry', _add_locations)

__all__ = ['__version__', *_PARTS]


def __getattr__(name: str) -> _ModuleType:
    if name not in _PARTS:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    try:
        return _importlib.import_module(f'{__name__}.{name}')
    except Exception as error:      # the host asserts its versions, so this is not always an ImportError
        raise ImportError(f'fdp_mmaction.{name} cannot be used here ({type(error).__name__}: {error}); '
                          'run `python -m fdp_mmaction.doctor` to see what to mend.') from error
