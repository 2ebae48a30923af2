"""Random numbers that depend on the seed and the epoch alone, so that a resumed run repeats the uninterrupted one."""

from __future__ import annotations

import logging
import random
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.logging import print_log

from fdp_mmaction.registry import FUNCTIONS, HOOKS


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Reseed Python, NumPy and PyTorch at the start of every training epoch.

    A checkpoint holds no random state, so a resumed MMEngine run draws other augmentations and dropout masks than
    the run it continues. With this hook, epoch ``e`` of rank ``r`` starts from a seed made of ``(runner.seed, e, r)``:
    a run resumed from an epoch's checkpoint continues exactly like the uninterrupted one, and each rank augments
    differently. Data-loading workers take part when the loader's ``worker_init_fn`` is :func:`me_worker_init_fn` and
    ``persistent_workers`` is False; persistent workers go on with the state they have, hence a warning.
    """

    priority = 'LOWEST'      # after every other hook of the epoch's start

    def before_train(self, runner: Any) -> None:
        """Warn once when workers outlive the epoch.

        Args:
            runner (Runner): Holds the training loader.
        """
        if getattr(runner.train_dataloader, 'persistent_workers', False):
            print_log('persistent_workers=True: workers keep their random state over epochs, so a resumed run will '
                      'augment differently from an uninterrupted one.', 'current', logging.WARNING)

    def before_train_epoch(self, runner: Any) -> None:
        """Seed everything for this epoch.

        Args:
            runner (Runner): Gives ``seed`` and ``epoch``.
        """
        seed = epoch_seed(runner.seed, runner.epoch, get_rank())
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)      # CUDA's generators as well


def epoch_seed(seed: int, epoch: int, rank: int = 0) -> int:
    """Seed of one epoch on one rank.

    Args:
        seed: The run's seed, non-negative.
        epoch: Epochs completed, from 0.
        rank: Rank of this process. Defaults to 0.

    Returns:
        32 bits, mixed by :class:`numpy.random.SeedSequence`: neighbouring inputs give unrelated seeds.

    Examples:
        >>> epoch_seed(0, 0) != epoch_seed(0, 1) != epoch_seed(1, 0)
        True
    """
    return int(np.random.SeedSequence((seed, epoch, rank)).generate_state(1)[0])


@FUNCTIONS.register_module()
def me_worker_init_fn(worker_id: int) -> None:
    """Seed a data-loading worker from PyTorch's own per-epoch worker seed.

    MMEngine's default seeds a worker with ``rank, worker_id, seed`` only; workers are born anew every epoch, so each
    epoch repeats the same augmentation. PyTorch gives every worker of every epoch a seed drawn from the main
    process, which :class:`EpochSeedHook` makes reproducible.

    Args:
        worker_id (int): Index of the worker; already part of the seed.
    """
    seed = torch.initial_seed() % 2 ** 32
    random.seed(seed)
    np.random.seed(seed)
