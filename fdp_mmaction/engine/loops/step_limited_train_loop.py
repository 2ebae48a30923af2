"""Training for a number of steps, in epochs."""

from __future__ import annotations

from math import ceil
from typing import Any

from mmengine.runner import EpochBasedTrainLoop

from fdp_mmaction.registry import LOOPS


@LOOPS.register_module()
class StepLimitedTrainLoop(EpochBasedTrainLoop):
    """Epochs, the last of which ends early, after ``max_iters`` optimisation steps in all.

    Validation, checkpoints, seeds and logs go by epochs, so everything that works with MMEngine's epoch-based loop,
    resuming included, works with this one. MMEngine's iteration-based loop knows no epochs: the hooks of an epoch's
    start run once, validation cannot follow the passes over the training part, whose length differs from fold to
    fold, and it sleeps two seconds at each.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader | dict): Training data.
        max_iters (int): Optimisation steps.
        **kwargs: ``val_begin``, ``val_interval`` and ``dynamic_intervals`` in epochs, see
            :class:`mmengine.runner.EpochBasedTrainLoop`.

    Raises:
        ValueError: If ``max_iters`` is below 1.
    """

    def __init__(self, runner: Any, dataloader: Any, max_iters: int, **kwargs: Any) -> None:
        if max_iters < 1:
            raise ValueError(f'StepLimitedTrainLoop trains for at least one step, got max_iters={max_iters}.')
        super().__init__(runner, dataloader, max_epochs=1, **kwargs)
        self._max_epochs = ceil(max_iters / len(self.dataloader))
        self._max_iters = max_iters

    def run_epoch(self) -> None:
        """One pass over the training data, or what is left of the steps."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        for index, batch in enumerate(self.dataloader):
            self.run_iter(index, batch)
            if self._iter >= self._max_iters:
                break
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1
