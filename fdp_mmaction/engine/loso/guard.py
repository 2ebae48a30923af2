"""What must never happen in a fold, watched while it runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from mmengine.hooks import Hook
from torch.nn.modules.batchnorm import _BatchNorm

from fdp_mmaction.engine.hooks.split_guard_hook import base_datasets
from fdp_mmaction.errors import DatasetError


def subject_key(info: dict) -> str:
    """Dataset and subject of an ME: names such as ``s15`` occur in several datasets."""
    return f'{info.get("dataset", "")}/{info["subject"]}'


def part_keys(dataset: Any) -> dict[str, set[str]]:
    """What identifies the MEs of a part: ``subject`` with its dataset, ``sample``, ``frames``.

    Args:
        dataset (Any): An ME dataset or a wrapper of some.

    Returns:
        dict[str, set[str]]: The keys.

    Raises:
        DatasetError: If it holds no ME.
    """
    keys: dict[str, set[str]] = dict(subject=set(), sample=set(), frames=set())
    for base in base_datasets(dataset):
        base.full_init()
        for index in range(len(base)):
            info = base.get_data_info(index)
            keys['subject'].add(subject_key(info))
            keys['sample'].add(info['sample_id'])
            keys['frames'].add(info['frames_path'])
    if not keys['sample']:
        raise DatasetError(f'{type(dataset).__name__} holds no ME, so the split cannot be checked: use a dataset of '
                           'MEs.')
    return keys


def check_parts(train: Any, others: dict[str, Any]) -> None:
    """Compare the training part with what is predicted.

    Args:
        train (Any): Training dataset.
        others (dict[str, Any]): Other datasets by what they are called.

    Raises:
        DatasetError: If a subject, an ME or a file of frames is in the training part and in another.
    """
    trained = part_keys(train)
    for name, dataset in others.items():
        for what, keys in part_keys(dataset).items():
            shared = sorted(trained[what] & keys)
            if shared:
                raise DatasetError(f'The {what} {", ".join(shared[:3])} is in the training part and in the {name} '
                                   'part: the result would be worthless; look at the dataset settings of the config.')


class ReadGuard:
    """The first transform of a dataset: lets its MEs be read only when, and by whom, they may be.

    Args:
        part (str): What the dataset is called in messages.
        forbidden (Collection[str]): Subjects that must not be read, as ``dataset/subject``. Defaults to none.
        is_open (bool): Whether MEs may be read at all now. Defaults to True.
    """

    def __init__(self, part: str, forbidden: Collection[str] = (), is_open: bool = True) -> None:
        self.part, self.forbidden, self.is_open = part, frozenset(forbidden), is_open

    def __call__(self, results: dict) -> dict:
        """Pass an ME on.

        Raises:
            DatasetError: If it must not be read.
        """
        if not self.is_open:
            raise DatasetError(f'{results["sample_id"]} of the {self.part} part was read outside evaluation, as by '
                               'something that computes statistics on it (SplitNormalisationHook, for one): take that '
                               'out of the config, or accept optimistic results with --allow-test-statistics.')
        if subject_key(results) in self.forbidden:
            raise DatasetError(f'{results["sample_id"]} of the left-out subject {results["subject"]} was read for the '
                               f'{self.part} part: the result would be worthless.')
        return results


def watch(dataset: Any, guard: ReadGuard) -> None:
    """Put a guard in front of the transforms of a dataset, wrapped or not."""
    for base in base_datasets(dataset):
        base.pipeline.transforms.insert(0, guard)


class OpenHook(Hook):
    """Lets evaluation read its part from the moment it begins, after whatever other hooks do there.

    It also sees that a prediction does not depend on the other MEs of the part: no batch normalisation by the batch's
    own statistics, and the same model before and after.

    Args:
        guards (dict[str, ReadGuard]): By loop: ``'val'``, ``'test'``.
    """

    priority = 'LOWEST'

    def __init__(self, guards: dict[str, ReadGuard]) -> None:
        self.guards = guards
        self.state: list[torch.Tensor] = []

    def before_val_epoch(self, runner: Any) -> None:
        """Open the validation part."""
        self.guards['val'].is_open = True

    def before_test_epoch(self, runner: Any) -> None:
        """Open the test part."""
        self.guards['test'].is_open = True

    def before_val_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Look at the model before the first batch.

        Raises:
            DatasetError: If it normalises by the batch's own statistics.
        """
        if batch_idx:
            return
        for name, module in runner.model.named_modules():
            if isinstance(module, _BatchNorm) and (module.training or module.running_mean is None):
                raise DatasetError(f'{name} normalises by the statistics of the evaluated batch, so predictions depend '
                                   'on the other MEs of the left-out subject: let it keep running statistics.')
        self.state = [tensor.detach().clone() for tensor in _state(runner.model)]

    before_test_iter = before_val_iter


class CloseHook(Hook):
    """Closes the evaluated part before other hooks go on, and compares the model with what it was.

    Args:
        opener (OpenHook): Its counterpart.
    """

    priority = 'HIGHEST'

    def __init__(self, opener: OpenHook) -> None:
        self.opener = opener

    def after_val_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        """Close the validation part."""
        self._close(runner, 'val')

    def after_test_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        """Close the test part."""
        self._close(runner, 'test')

    def _close(self, runner: Any, part: str) -> None:
        self.opener.guards[part].is_open = False
        before, self.opener.state = self.opener.state, []
        if before and not all(map(_same, before, _state(runner.model))):
            raise DatasetError(f'The model changed while it was evaluated on the {part} part, so it learns from data '
                               'that it is tested on: leave that out of the config or the model.')


def _state(model: torch.nn.Module) -> list[torch.Tensor]:
    return [*model.parameters(), *model.buffers()]


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a, b) or bool(((a == b) | (a.isnan() & b.isnan())).all())      # a diverged model is no leak
