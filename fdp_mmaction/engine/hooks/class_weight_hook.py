"""Class weights from the training part of the fold."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from fdp_mmaction.registry import HOOKS


def inverse_frequency(counts: torch.Tensor) -> torch.Tensor:
    """Weights ``N / (K n_k)``: every class weighs the same in a mean over MEs; absent classes weigh nothing.

    Args:
        counts (Tensor): ``(K,)`` MEs of each class, at least one in all.

    Returns:
        Tensor: ``(K,)`` float32; 1 everywhere when the classes are balanced.
    """
    counts = counts.float()
    present = counts > 0
    return torch.where(present, counts.sum() / (present.sum() * counts.clamp(min=1)), 0.0)


@HOOKS.register_module()
class ClassWeightHook(Hook):
    """Weight the cross entropy by inverse class frequency, counted on the training part alone.

    The counts differ from fold to fold, so they cannot stand in a config. Needs a ``cls_head.loss_cls`` with a
    ``class_weight``, as MMAction2's ``CrossEntropyLoss`` has. Off unless it is among the ``custom_hooks``. The
    alternative that repeats MEs of rare classes instead is MMEngine's dataset wrapper ``ClassBalancedDataset``.

    Args:
        power (float): Exponent of the weights: 1 balances fully, 0 not at all, 0.5 lies between. Defaults to 1.
    """

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def before_train(self, runner: Any) -> None:
        """Count the training part's labels and set the weights.

        Args:
            runner (Runner): With its training loader and model.
        """
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = runner.train_dataloader.dataset
        labels = torch.tensor([dataset.get_data_info(index)['label'] for index in range(len(dataset))])
        weights = inverse_frequency(torch.bincount(labels, minlength=model.cls_head.num_classes)) ** self.power
        model.cls_head.loss_cls.class_weight = weights
        runner.logger.info('Class weights: ' + ', '.join(f'{weight:.2f}' for weight in weights.tolist()))
