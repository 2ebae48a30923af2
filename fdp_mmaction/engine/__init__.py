"""Hooks, loops and whatever else drives a run, registered under class names."""

from .hooks import *  # noqa: F403
from .hooks import __all__ as _hooks
from .loops import *  # noqa: F403
from .loops import __all__ as _loops

__all__ = [*_hooks, *_loops]
