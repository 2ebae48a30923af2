"""Hooks, registered under their class names."""

from .checkpoint_match_hook import CheckpointMatchHook
from .epoch_seed_hook import EpochSeedHook, me_worker_init_fn
from .report_hook import ReportHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .split_guard_hook import SplitGuardHook

__all__ = ['CheckpointMatchHook', 'EpochSeedHook', 'ReportHook', 'SafeCheckpointHook', 'SplitGuardHook',
           'me_worker_init_fn']
