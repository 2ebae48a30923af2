"""A hook for tests that need batches to be independent of how they are split."""

from __future__ import annotations

from mmengine.hooks import Hook
from torch import nn

from fdp_mmaction.registry import HOOKS


@HOOKS.register_module()
class FrozenNormHook(Hook):
    """Batch normalisation uses its running statistics in training too."""

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        for module in runner.model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
