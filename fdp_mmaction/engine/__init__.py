"""Hooks and whatever else drives a run, registered under class names."""

from .hooks import *  # noqa: F403
from .hooks import __all__ as _hooks

__all__ = [*_hooks]
