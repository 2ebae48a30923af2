"""From the config of a run to that of one fold."""

from __future__ import annotations

import copy
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fdp_mmaction.engine.config_options import merge_options
from fdp_mmaction.engine.launch import SUBJECT_VARIABLE, UsageError, load_config

from .select import LAST, needs_inner, sees_test

PLACEHOLDER = 'left-out-subject'
"""Stands for the left-out subject in the config of a run."""
CHECKPOINTS = 'epoch_*.pth'


def read_run_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """Read a config with :data:`PLACEHOLDER` as its left-out subject, and without a work directory.

    Args:
        path (str | Path): The file.
        options (Mapping, optional): As ``--cfg-options``. Defaults to none.

    Returns:
        Config: The config.

    Raises:
        UsageError: If it does not exist or cannot be read, the options do not go with it, or it lacks what a
            leave-one-subject-out run needs.
    """
    kept = os.environ.get(SUBJECT_VARIABLE)
    os.environ[SUBJECT_VARIABLE] = PLACEHOLDER
    try:
        cfg = load_config(path)
    finally:
        os.environ.pop(SUBJECT_VARIABLE)
        if kept is not None:
            os.environ[SUBJECT_VARIABLE] = kept
    merge_options(cfg, Namespace(config=path, cfg_options=dict(options or {})))
    cfg.pop('work_dir', None)
    for name in ('train_dataloader', 'test_dataloader', 'test_evaluator', 'train_cfg', 'optim_wrapper', 'model'):
        if cfg.get(name) is None:
            raise UsageError(f'{path} has no {name}, which training and testing a fold needs.')
    if cfg.train_cfg.get('by_epoch') is False or 'IterBased' in str(cfg.train_cfg.get('type', '')):
        raise UsageError(f'{path} trains by iterations, whose runs cannot be resumed to the same result: use '
                         'StepLimitedTrainLoop for a number of steps.')
    if not _recognition(cfg.test_evaluator):
        raise UsageError(f"{path} has no dict(type='MERMetric') in test_evaluator, which collects the votes.")
    if cfg.get('resume'):
        raise UsageError(f'{path} sets resume; leave it out, since folds resume by themselves.')
    return cfg


def leaves(dataset: Mapping[str, Any]) -> Iterator[Any]:
    """The datasets inside wrappers such as ``RepeatDataset`` or ``ConcatDataset``, as dicts of the config."""
    inner = dataset.get('datasets') or ([dataset['dataset']] if 'dataset' in dataset else [])
    if not inner:
        yield dataset
    for part in inner:
        yield from leaves(part)


def _recognition(evaluator: Any) -> list:
    metrics = evaluator if isinstance(evaluator, (list, tuple)) else [evaluator]
    return [metric for metric in metrics if str(metric.get('type', '')).rpartition('.')[2] == 'MERMetric']


def tested_dataset(cfg: Config) -> Any:
    """The one dataset that is tested on, as a dict of the config.

    Raises:
        UsageError: If there are several.
    """
    found = list(leaves(cfg.test_dataloader.dataset))
    if len(found) != 1:
        raise UsageError(f'The config tests on {len(found)} datasets; prepare them as one composite '
                         '(python tools/prepare_data.py --help), so that each subject is left out once.')
    return found[0]


def fold_config(cfg: Config, folder: Path, left_out: Sequence[str], seed: int, selection: str = LAST,
                inner: Sequence[str] = (), launcher: str = 'none', report: bool = False) -> Config:
    """The config of a fold: a normal training run.

    What differs from training with ``tools/train.py``: validation takes place only if it chooses the epoch, and
    checkpoints appear whole or not at all.

    Args:
        cfg (Config): From :func:`read_run_config`; left as it is.
        folder (Path): Work directory.
        left_out (Sequence[str]): Subjects that are tested on and never trained on.
        seed (int): Of the training.
        selection (str): One of :data:`~fdp_mmaction.engine.loso.select.SELECTIONS`. Defaults to ``'last'``.
        inner (Sequence[str]): Training subjects held out to choose the epoch. Defaults to none.
        launcher (str): ``'none'`` or ``'pytorch'``. Defaults to ``'none'``.
        report (bool): Let ``ReportHook`` draw figures, if the config has it. Defaults to False.

    Returns:
        Config: For MMEngine's runner.
    """
    cfg = copy.deepcopy(cfg)
    replace_subject(cfg._cfg_dict, ','.join(left_out))
    cfg.work_dir, cfg.launcher, cfg.resume = str(folder), launcher, False
    cfg.randomness = dict(cfg.get('randomness') or {}, seed=seed)
    root = tested_dataset(cfg).get('data_root')
    for leaf in leaves(cfg.train_dataloader.dataset):
        if leaf.get('data_root') == root:
            leaf.update(test_subject=[*left_out, *inner], test_mode=False, allow_overlap=False)
    tested_dataset(cfg).update(test_subject=[*left_out], test_mode=True, allow_overlap=False)
    for name in ('train_dataloader', 'test_dataloader'):
        cfg[name].persistent_workers = False      # workers born each epoch draw what a resumed run draws
        cfg[name].setdefault('worker_init_fn', dict(type='me_worker_init_fn'))
    seen = [*(inner if needs_inner(selection) else ()), *(left_out if sees_test(selection) else ())]
    if seen:
        cfg.val_dataloader = copy.deepcopy(cfg.test_dataloader)
        next(leaves(cfg.val_dataloader.dataset)).update(test_subject=seen)
        cfg.val_evaluator = _recognition(cfg.test_evaluator)[:1]
        cfg.val_cfg = dict(type='ValLoop')
    else:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    replaced = ('EpochSeedHook',) if report else ('EpochSeedHook', 'ReportHook')
    hooks = [hook for hook in cfg.get('custom_hooks') or [] if hook['type'] not in replaced]
    cfg.custom_hooks = [*hooks, dict(type='EpochSeedHook')]
    old = cfg.setdefault('default_hooks', {}).get('checkpoint') or {}
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', interval=old.get('interval', 1), by_epoch=True, save_last=True,
        max_keep_ckpts=2,      # the host deletes the old one before it writes the new one
        backend_args=dict(backend='WholeFileBackend'))
    return cfg


def replace_subject(value: Any, subject: str) -> Any:
    """Put a subject in the place of :data:`PLACEHOLDER`, in dicts and lists in place.

    Args:
        value: Any part of a config.
        subject (str): The subject.

    Returns:
        The value, or what replaces it.
    """
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, subject)
    if isinstance(value, dict):
        for key in value:
            value[key] = replace_subject(value[key], subject)
    elif isinstance(value, list):
        value[:] = [replace_subject(item, subject) for item in value]
    elif isinstance(value, tuple):
        return tuple(replace_subject(item, subject) for item in value)
    return value
