"""Training on a CPU without asking the kernel for memory in every step."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from fdp_mmaction.host_memory import keep_freed_memory
from fdp_mmaction.registry import HOOKS


@HOOKS.register_module()
class KeepFreedMemoryHook(Hook):
    """Before training on a CPU: :func:`~fdp_mmaction.host_memory.keep_freed_memory`. On a GPU nothing is done."""

    def before_train(self, runner: Runner) -> None:
        """Let this process keep what it frees."""
        if next(runner.model.parameters()).device.type == 'cpu':
            keep_freed_memory()
