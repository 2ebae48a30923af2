"""How many clips a second the training pipeline supplies from a prepared folder."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from fdp_mmaction.datasets import MicroExpressionDataset
from fdp_mmaction.engine.loso.fold_config import leaves
from fdp_mmaction.registry import DATASETS

from .spread import spread


def build_loader(cfg: Config, workers: int, batch_size: int | None = None, data_root: str | None = None) -> DataLoader:
    """The config's training loader, without end.

    MEs come in random order for ever, so that what is measured is the supply and not the end of an epoch, and from all
    subjects: nothing is trained, and a folder without the config's left-out subject will do.

    Args:
        cfg (Config): The config.
        workers (int): Processes that load; 0 loads in this one.
        batch_size (int, optional): MEs of a batch. Defaults to None: the config's.
        data_root (str, optional): Prepared folder. Defaults to None: the config's.

    Returns:
        DataLoader: Built as MMEngine's runner builds it; to be iterated over once.

    Raises:
        DatasetError: If the folder is none.
    """
    settings = copy.deepcopy(cfg.train_dataloader)
    for leaf in leaves(settings.dataset):
        if data_root is not None:
            leaf.data_root = data_root
        kind = DATASETS.get(leaf.type) if isinstance(leaf.type, str) else leaf.type
        if isinstance(kind, type) and issubclass(kind, MicroExpressionDataset):
            leaf.update(test_subject=None, allow_overlap=True)
    settings.update(num_workers=workers, persistent_workers=False,
                    sampler=dict(type='InfiniteSampler', shuffle=True))
    settings.pop('batch_sampler', None)
    if batch_size is not None:
        settings.batch_size = batch_size
    if not workers:
        settings.pop('prefetch_factor', None)
    return Runner.build_dataloader(settings, seed=0)


def measure_supply(batches: Iterable[Any], workers: int, repeats: int, prefetched: int | None = None,
                   clock: Callable[[], float] = time.perf_counter, on_block: Callable[[], object] | None = None
                   ) -> dict[str, Any]:
    """Time a loader that nobody waits for.

    With workers, batches arrive in bursts, and the first ones were made while nobody looked: they are skipped, and
    blocks of two batches per worker are timed.

    Args:
        batches (Iterable): The loader; ``inputs`` of a batch are tensors ``(clips, ...)`` of MEs.
        workers (int): Its processes.
        repeats (int): Blocks.
        prefetched (int, optional): Batches skipped at first. Defaults to None: two per worker, at least one.
        clock (Callable): Seconds. Defaults to :func:`time.perf_counter`.
        on_block (Callable, optional): Called after each block. Defaults to None.

    Returns:
        dict: ``workers``; ``start``, seconds to the first batch; ``seconds`` per batch (median and quartiles over
        blocks); ``clips_per_second``.
    """
    block = 2 * max(workers, 1)
    begin = clock()
    iterator = iter(batches)
    first = next(iterator)
    start = clock() - begin
    clips = sum(len(inputs) for inputs in first['inputs'])
    for _ in itertools.islice(iterator, max(1, 2 * workers) if prefetched is None else prefetched):
        pass
    seconds = []
    for _ in range(repeats):
        begin = clock()
        for _ in range(block):
            next(iterator)
        seconds.append((clock() - begin) / block)
        if on_block is not None:
            on_block()
    found = spread(seconds)
    return dict(workers=workers, start=start, seconds=found, clips=clips, clips_per_second=clips / found['median'])
