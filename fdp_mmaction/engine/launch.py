"""What the command-line tools share: reading a config with a left-out subject, and ending user errors in one line."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.registry import RUNNERS

SUBJECT_VARIABLE = 'ME_TEST_SUBJECT'
"""Environment variable that configs read the left-out subject from: ``{{$ME_TEST_SUBJECT:sub01}}``."""

USER_ERRORS = (DatasetError, FaceError, CheckpointError)
"""Errors whose message is one sentence for the user: no traceback."""


class UsageError(ValueError):
    """A command line that cannot be obeyed; the message is one sentence with the remedy."""


def add_common_arguments(parser: ArgumentParser) -> None:
    """Add the options that training and testing share, named as in MMAction2.

    Args:
        parser: Receives ``--work-dir --test-subject --cfg-options --launcher --local-rank --debug``.
    """
    parser.add_argument('--work-dir', metavar='DIR',
                        help='folder for logs and checkpoints (default: work_dirs/<config>, or '
                        'work_dirs/<config>/<subject> with --test-subject)')
    parser.add_argument('--test-subject', metavar='SUBJECT',
                        help='leave this subject out of training and test on it, for example sub17 '
                        f'(default: the one in the config; same as setting {SUBJECT_VARIABLE})')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='override settings of the config, for example train_cfg.max_epochs=5 '
                        'optim_wrapper.optimizer.lr=1e-3; lists as key="[a,b]", without white space')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
                        help='how processes were started (default: none, one process)')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by launchers; leave it alone')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')


def read_config(args: Namespace) -> Config:
    """Read the config that the command line names, with its left-out subject, work directory and launcher.

    Args:
        args: Parsed by a parser with :func:`add_common_arguments` and a positional ``config``.

    Returns:
        The config; ``--cfg-options`` are not merged yet, see :func:`build_runner`.

    Raises:
        UsageError: The config is missing, or has no use for ``--test-subject``.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not Path(args.config).is_file():
        raise UsageError(f'Config {args.config} does not exist; configs lie in configs/, for example '
                         'configs/fdp_synthetic.py.')
    if args.test_subject is not None:
        os.environ[SUBJECT_VARIABLE] = args.test_subject      # before the config is read
    cfg = Config.fromfile(args.config)
    if args.test_subject is not None and SUBJECT_VARIABLE not in cfg.env_variables:
        raise UsageError(f'{args.config} does not read {{{{${SUBJECT_VARIABLE}:...}}}}, so --test-subject would change '
                         'nothing; use it in the dataset settings of the config.')
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = os.path.join('work_dirs', Path(args.config).stem, args.test_subject or '')
    return cfg


def build_runner(cfg: Config, args: Namespace) -> Runner:
    """Merge ``--cfg-options``, which win over everything, and build the runner.

    Args:
        cfg: From :func:`read_config`.
        args: The command line.

    Returns:
        The runner, MMEngine's unless the config names a ``runner_type``.
    """
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    if cfg.get('randomness') and cfg.randomness.get('deterministic'):
        os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')      # cuBLAS asks for it
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


@contextmanager
def user_errors(debug: bool = False) -> Iterator[None]:
    """End the program with one sentence on stderr and exit code 2 when the user can mend the cause.

    Args:
        debug: Let every error through with its traceback. Defaults to False.

    Yields:
        None.

    Raises:
        SystemExit: With code 2, after :class:`UsageError` or one of :data:`USER_ERRORS`.
    """
    try:
        yield
    except (UsageError, *USER_ERRORS) as error:
        if debug:
            raise
        sys.stderr.write(f'error: {one_sentence(error)}\n')
        raise SystemExit(2) from None


def one_sentence(error: BaseException) -> str:
    """The error's own message, also when a data-loading worker has wrapped its traceback around it.

    Args:
        error: Possibly re-raised by PyTorch as ``Caught ... in DataLoader worker process``.

    Returns:
        The message without the traceback.
    """
    text = str(error).strip()
    if not text.startswith('Caught '):
        return text
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines) if re.match(rf'[\w.]*{type(error).__name__}: ', line)]
    return ' '.join(lines[starts[-1]:]).split(': ', 1)[1] if starts else text
