"""A checkpoint of another model must not pass as a result."""

from __future__ import annotations

import re
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper

from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.registry import HOOKS


@HOOKS.register_module()
class CheckpointMatchHook(Hook):
    """Refuse to evaluate weights that were never trained.

    MMEngine loads checkpoints non-strictly: what a checkpoint lacks keeps its random start, with a warning in the
    log, and the evaluation then reports numbers of noise. With this hook, a test or validation after loading is
    refused when any weight of the model is missing from the checkpoint or has another shape there. Training from
    ``load_from`` may start from a part (a pretrained backbone), but not from nothing. Entries of the checkpoint
    that the model does not have are no problem.

    Args:
        allowed_missing (Sequence[str]): Regular expressions; weights whose name one of them finds may be missing,
            such as an auxiliary head's. Defaults to ``()``.
    """

    def __init__(self, allowed_missing: tuple[str, ...] | list[str] = ()) -> None:
        self.allowed_missing = tuple(allowed_missing)
        self._message: str | None = None      # what is wrong with the weights, while they are untrained
        self._matches_nothing = False

    def after_load_checkpoint(self, runner: Any, checkpoint: dict) -> None:
        """Compare names and shapes of the checkpoint with the model's.

        Args:
            runner (Runner): Holds the model.
            checkpoint (dict): As loaded.
        """
        model = runner.model
        while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
            model = model.module
        wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()
                  if not name.endswith('num_batches_tracked')}
        weights = checkpoint.get('state_dict', checkpoint)
        found = {re.sub(r'^module\.', '', name): tuple(value.shape) for name, value in weights.items()
                 if hasattr(value, 'shape')}
        wrong = [name for name, shape in wanted.items() if found.get(name) != shape]
        missing = [name for name in wrong if not any(re.search(rule, name) for rule in self.allowed_missing)]
        self._matches_nothing = bool(wanted) and len(wrong) == len(wanted)
        self._message = None
        if missing:
            examples = ', '.join(missing[:3]) + (', ...' if len(missing) > 3 else '')
            self._message = (f'The checkpoint does not belong to this model: {len(missing)} of {len(wanted)} weights '
                             f'are missing there or have another shape ({examples}); use the configuration that the '
                             'checkpoint was trained with.')

    def before_train(self, runner: Any) -> None:
        """Raise :class:`CheckpointError` when nothing at all was loaded; otherwise training fills the gaps."""
        if self._matches_nothing:
            raise CheckpointError('The checkpoint has no weight in common with this model; load_from or --resume names '
                                  'the wrong file.')
        self._message = None

    def before_val(self, runner: Any) -> None:
        """Raise :class:`CheckpointError` when untrained weights would be evaluated."""
        if self._message:
            raise CheckpointError(self._message)

    before_test = before_val
