"""Losses in the log without waiting for the GPU in every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmengine.hooks import RuntimeInfoHook
from mmengine.optim import OptimWrapper, OptimWrapperDict

from fdp_mmaction.engine.deferred_scalars import DeferredScalars, can_wait
from fdp_mmaction.registry import HOOKS


@HOOKS.register_module()
class DeferredRuntimeInfoHook(RuntimeInfoHook):
    """MMEngine's ``RuntimeInfoHook``, whose losses stay on their device until a line of the log is written.

    MMEngine's turns every loss of every step into a number, and its ``OptimWrapper`` does so with the norm of the
    gradients. Each of these makes the host wait until the GPU has done all that was asked of it; the GPU then has
    nothing to do until the host has prepared the next step. Here they are read when the log is, by
    :class:`~fdp_mmaction.engine.deferred_scalars.DeferredScalars`. The log holds the same values; ``time`` in it is
    that of the host, right on average over a window, not for a single step.

    It takes the place of the default hook: ``default_hooks = dict(runtime_info=dict(type='DeferredRuntimeInfoHook'))``.
    Works with every ``OptimWrapper`` and with several of them.
    """

    def before_train(self, runner: Any) -> None:
        """Begin as MMEngine's hook does, and hold back the norms of the gradients.

        Args:
            runner (Runner): With its optimisers and its message hub.
        """
        super().before_train(runner)
        self._scalars = DeferredScalars(runner.message_hub)
        self._wrappers = _wrappers_of(runner.optim_wrapper)
        for wrapper in self._wrappers:
            if wrapper.clip_grad_kwargs:
                wrapper.clip_func = _Held(wrapper.clip_func, f'train/{wrapper.grad_name}', self._scalars)

    def after_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
                         ) -> None:
        """Log what the model returned.

        Args:
            runner (Runner): The runner.
            batch_idx (int): Step within the epoch.
            data_batch (dict, optional): Unused. Defaults to None.
            outputs (dict, optional): Name to loss or the like. Defaults to None.
        """
        outputs = outputs or {}
        self._scalars.add({f'train/{name}': value for name, value in outputs.items() if can_wait(value)})
        super().after_train_iter(runner, batch_idx, data_batch,
                                 {name: value for name, value in outputs.items() if not can_wait(value)})

    def after_train(self, runner: Any) -> None:
        """Read what is left, and leave the optimisers as they were."""
        self._scalars.settle()
        for wrapper in self._wrappers:
            if isinstance(getattr(wrapper, 'clip_func', None), _Held):
                wrapper.clip_func = wrapper.clip_func.clip
        super().after_train(runner)


class _Held:
    """Clips gradients, and keeps their norm from the wrapper, which would make a number of it at once."""

    def __init__(self, clip: Callable, name: str, scalars: DeferredScalars) -> None:
        self.clip = clip.clip if isinstance(clip, _Held) else clip      # of a training that was broken off
        self.name = name
        self.scalars = scalars

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        norm = self.clip(*args, **kwargs)
        if not can_wait(norm):
            return norm
        self.scalars.add({self.name: norm})
        return None


def _wrappers_of(wrapper: OptimWrapper | OptimWrapperDict) -> list[OptimWrapper]:
    return list(wrapper.values()) if isinstance(wrapper, OptimWrapperDict) else [wrapper]
