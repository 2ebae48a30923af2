"""Refuse to train on a subject that is tested on."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from fdp_mmaction.datasets.micro_expression_dataset import MicroExpressionDataset
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import HOOKS


def base_datasets(dataset: Any) -> list[MicroExpressionDataset]:
    """The ME datasets inside wrappers such as ``RepeatDataset`` or ``ConcatDataset``."""
    if isinstance(dataset, MicroExpressionDataset):
        return [dataset]
    inner = getattr(dataset, 'datasets', None) or ([dataset.dataset] if hasattr(dataset, 'dataset') else [])
    return [base for part in inner for base in base_datasets(part)]


def sample_keys(dataset: Any) -> tuple[set[str], set[str]]:
    """Subjects (with their dataset's name) and sample ids of a dataset.

    Args:
        dataset (Any): An ME dataset or a wrapper of some.

    Returns:
        tuple[set[str], set[str]]: ``dataset/subject`` keys and sample ids; empty for foreign datasets.
    """
    subjects, samples = set(), set()
    for base in base_datasets(dataset):
        base.full_init()
        for index in range(len(base)):
            info = base.get_data_info(index)
            subjects.add(f'{info.get("dataset", "")}/{info["subject"]}')
            samples.add(info['sample_id'])
    return subjects, samples


def part_dataset(runner: Runner, part: str) -> Any:
    """The dataset of a part that may not have been built yet.

    Args:
        runner (Runner): Has the dataloaders, built or as the config gives them.
        part (str): ``'val'`` or ``'test'``.

    Returns:
        Any: The dataset; None where there is no such part.
    """
    loader = getattr(runner, f'_{part}_dataloader')
    if isinstance(loader, dict):
        loader = runner.build_dataloader(dict(loader, num_workers=0, persistent_workers=False))
    return None if loader is None else loader.dataset


@HOOKS.register_module()
class SplitGuardHook(Hook):
    """Compare the training part with the validation and test parts before training starts.

    Args:
        allow_overlap (bool): Permit it, for a final model on everyone. Defaults to False.

    Raises:
        DatasetError: If a subject or an ME is in the training part and in another.
    """

    def __init__(self, allow_overlap: bool = False) -> None:
        self.allow_overlap = allow_overlap

    def before_train(self, runner: Runner) -> None:
        """Check the split."""
        if self.allow_overlap:
            return
        trained_subjects, trained_samples = sample_keys(runner.train_dataloader.dataset)
        for name in ('val', 'test'):
            dataset = part_dataset(runner, name)
            if dataset is None:
                continue
            subjects, samples = sample_keys(dataset)
            shared = sorted(trained_subjects & subjects) or sorted(trained_samples & samples)
            if shared:
                raise DatasetError(f'{", ".join(shared[:5])} is in the training part and in the {name} part: give '
                                   'all parts of the configuration the same test_subject.')
