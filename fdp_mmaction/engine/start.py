"""The start of training and testing: what can be known to be wrong is said before anything is written."""

from __future__ import annotations

import logging
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from fdp_mmaction.datasets import MicroExpressionDataset
from fdp_mmaction.engine.config_options import in_words, unknown
from fdp_mmaction.engine.launch import (SEE_MORE, SUBJECT_VARIABLE, USER_ERRORS, UsageError, build_runner, load_config,
                                        summary)
from fdp_mmaction.engine.loso.fold_config import leaves
from fdp_mmaction.registry import DATASETS

TRAINED = ('epoch_*.pth', 'iter_*.pth', 'best_*.pth', 'last_checkpoint')
"""Files that a training leaves in its work directory."""


def refuse_mixture(cfg: Config) -> None:
    """Refuse to train anew where another training's checkpoints lie.

    Every process may ask before the process group is built: none of them can have written a checkpoint by then,
    since the first epoch needs them all.

    Args:
        cfg: Complete.

    Raises:
        UsageError: They would be mixed.
    """
    if cfg.get('resume'):
        return
    found = sorted(path.name for pattern in TRAINED for path in Path(cfg.work_dir).glob(pattern))
    if found:
        raise UsageError(f'{Path(cfg.work_dir)} holds a training already ({", ".join(found[:4])}'
                         f'{", ..." * (len(found) > 4)}): --resume goes on with it; to begin anew, name another folder '
                         'with --work-dir or delete this one.')


def check_datasets(cfg: Config, *loaders: str) -> None:
    """Read the annotations of MEs, so that a misspelt subject or a missing folder ends here.

    Args:
        cfg: Complete.
        *loaders: Names of data loaders. Those the config does not have, and other datasets, are left to the runner.

    Raises:
        DatasetError: From the dataset.
    """
    for leaf in [leaf for name in loaders if cfg.get(name) for leaf in leaves(cfg[name].dataset)]:
        kind = DATASETS.get(leaf.type) if isinstance(leaf.type, str) else leaf.type
        if isinstance(kind, type) and issubclass(kind, MicroExpressionDataset):
            with _quiet():      # the runner says it again
                DATASETS.build(dict(leaf, pipeline=[]))


@contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def left_out(cfg: Config, args: Namespace) -> str:
    """Which subject is left out of training, and why that one.

    Args:
        cfg: Complete.
        args: The command line.

    Returns:
        A sentence.
    """
    subjects: dict[str, None] = {}
    for leaf in leaves(cfg.train_dataloader.dataset):
        names = leaf.get('test_subject') or ()
        subjects.update(dict.fromkeys([names] if isinstance(names, str) else names))
    if not subjects:
        return 'No subject is left out of training.'
    if any(key.endswith('test_subject') for key in args.cfg_options or {}):
        source = '--cfg-options'
    elif args.test_subject is not None:
        source = '--test-subject'
    elif SUBJECT_VARIABLE in os.environ:
        source = SUBJECT_VARIABLE
    else:
        source = f'the default of {args.config}; --test-subject chooses another'
    return f'Left out of training: {", ".join(subjects)} ({source}).'


class _BegunHook(Hook):
    """Knows whether everything is built."""

    begun = False

    def before_run(self, runner: Runner) -> None:
        self.begun = True


def run(cfg: Config, args: Namespace, work: Callable[[Runner], Any], *loaders: str) -> None:
    """Build a runner and let it work; a setting with which it cannot be built is one sentence.

    Args:
        cfg: Complete.
        args: The command line, which the sentence names.
        work: Trains or tests.
        *loaders: Names of the data loaders whose annotations are looked at first, see :func:`check_datasets`.

    Raises:
        UsageError: The runner, or what it builds before it runs, cannot be built. Later errors pass as they are.
        DatasetError: The data is not what the config says.
    """
    hook = _BegunHook()
    try:
        check_datasets(cfg, *loaders)
        runner = build_runner(cfg)
        runner.register_hook(hook, 'HIGHEST')
        work(runner)
    except (UsageError, *USER_ERRORS):
        raise
    except Exception as error:
        if hook.begun:
            raise
        options = args.cfg_options or {}
        with _quiet():
            new = unknown(load_config(args.config), options)
        raise UsageError(f'{args.config}{" with " * bool(options)}{in_words(options)} cannot be run: {summary(error)}'
                         f'{"; the config itself has no " * bool(new)}{", ".join(new)} ({SEE_MORE}).') from error
