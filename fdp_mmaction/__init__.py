"""Micro-expression recognition as an MMAction2 plugin: importing the package registers every component."""

import sys as _sys

from . import compat as _compat

_compat.apply_all()      # before anything of the host is imported

from .version import __version__  # noqa: E402

IMPORT_ERROR = None
"""Why the components could not be imported; only ever set under ``python -m fdp_mmaction.doctor``."""

try:
    from . import datasets, engine, evaluation, models
except Exception as _error:      # the host asserts its versions, so this is not always an ImportError
    if _sys.argv[:1] != ['-m']:      # Python's own mark while it looks for the module of `python -m`
        raise ImportError(f'fdp_mmaction cannot be used here ({type(_error).__name__}: {_error}); '
                          'run `python -m fdp_mmaction.doctor` to see what to mend.') from _error
    IMPORT_ERROR = _error

__all__ = ['IMPORT_ERROR', '__version__', 'datasets', 'engine', 'evaluation', 'models']
