"""Hooks, registered under their class names."""

from .checkpoint_match_hook import CheckpointMatchHook
from .class_weight_hook import ClassWeightHook
from .deferred_runtime_info_hook import DeferredRuntimeInfoHook
from .epoch_seed_hook import EpochSeedHook, me_worker_init_fn
from .eval_after_first_validation_hook import EvalAfterFirstValidationHook
from .keep_freed_memory_hook import KeepFreedMemoryHook
from .report_hook import ReportHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .split_guard_hook import SplitGuardHook
from .split_normalisation_hook import SplitNormalisationHook
from .trained_subjects_hook import TrainedSubjectsHook

__all__ = ['CheckpointMatchHook', 'ClassWeightHook', 'DeferredRuntimeInfoHook', 'EpochSeedHook',
           'EvalAfterFirstValidationHook', 'KeepFreedMemoryHook', 'ReportHook', 'SafeCheckpointHook', 'SplitGuardHook',
           'SplitNormalisationHook', 'TrainedSubjectsHook', 'me_worker_init_fn']
