"""Functions that other processes import by name: one goes wrong in every way, one repeats the question."""

from __future__ import annotations

import os
import time
from typing import Any


def call(kind: str) -> Any:
    """Do what is asked for."""
    if kind == 'user error':
        from fdp_mmaction.errors import DatasetError
        raise DatasetError('Video x.mp4 is bad: give another.')
    if kind == 'bug':
        raise KeyError('secret path')
    if kind == 'hang':
        time.sleep(60)
    if kind == 'crash':
        os._exit(139)
    return os.getpid()


def describe(question: Any) -> tuple[Any, bool]:
    """The question, and whether its video is there."""
    if question.window_seconds < 0:
        raise ValueError('failed')
    return question, os.path.exists(question.video)
