"""Preparation: readers' records (or synthetic plans) to the prepared folder every dataset class reads."""

from __future__ import annotations

from .pipeline import OnProgress
from .release import prepare_release
from .report import PreparationReport
from .settings import PreparationSettings
from .synthetic import prepare_synthetic, prepare_synthetic_release

__all__ = ['OnProgress', 'PreparationReport', 'PreparationSettings', 'prepare_release', 'prepare_synthetic',
           'prepare_synthetic_release']
