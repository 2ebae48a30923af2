"""Training that goes on in evaluation mode, as the released FDP code does."""

from __future__ import annotations

from math import ceil
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop

from fdp_mmaction.registry import HOOKS


@HOOKS.register_module()
class EvalAfterFirstValidationHook(Hook):
    """Keep the model in evaluation mode once it has been validated.

    The released FDP code switches to training mode once, before the first epoch, and to evaluation mode at every
    validation. From the second epoch on its batch normalisation uses the running statistics of the first epoch and
    drop path does nothing, while all weights go on learning. MMEngine switches back; this hook undoes that. Without
    validation it does nothing.
    """

    def __init__(self) -> None:
        self._validated = False

    def before_train(self, runner: Any) -> None:
        """Find out whether the run that this one resumes had been validated; its checkpoint precedes the validation.

        Args:
            runner (Runner): Holds the loops.
        """
        loop = runner.train_loop
        trained = loop.iter if isinstance(loop, IterBasedTrainLoop) else loop.epoch
        first = ceil(max(loop.val_begin, 1) / loop.val_interval) * loop.val_interval
        self._validated = runner.val_loop is not None and trained >= first

    def after_val(self, runner: Any) -> None:
        """Remember that the model has been validated."""
        self._validated = True

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Switch to evaluation mode, after the first validation."""
        if self._validated and runner.model.training:
            runner.model.eval()
