"""Preparation: readers' records (or synthetic plans) to the prepared folder every dataset class reads."""

from __future__ import annotations

from .composite import CompositeReport, prepare_composite
from .custom import prepare_custom
from .flow import FlowReport, FlowSettings, prepare_flow
from .pipeline import OnProgress
from .release import prepare_release, read_release
from .report import PreparationReport
from .settings import PreparationSettings
from .synthetic import prepare_synthetic, prepare_synthetic_release

__all__ = ['CompositeReport', 'FlowReport', 'FlowSettings', 'OnProgress', 'PreparationReport', 'PreparationSettings',
           'prepare_composite', 'prepare_custom', 'prepare_flow', 'prepare_release', 'prepare_synthetic',
           'prepare_synthetic_release', 'read_release']
