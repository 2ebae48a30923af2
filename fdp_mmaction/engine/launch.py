"""What the command-line tools share: reading a config with a left-out subject, and ending user errors in one line."""

from __future__ import annotations

import os
import re
import sys
import traceback
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


SEE_MORE = '--debug shows the traceback'
HINTS = {FileNotFoundError: '; a path in _base_ counts from the folder of the file it stands in',
         ImportError: '; PYTHONPATH tells where the modules of custom_imports lie',
         SyntaxError: '; it may be in a file that the config inherits from'}
"""What a kind of error in a config often means."""


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


def load_config(path: str | Path) -> Config:
    """Read a config file; whatever is wrong with it is one sentence.

    Args:
        path: The file.

    Returns:
        The config.

    Raises:
        UsageError: It does not exist, or it or what it inherits from cannot be read.
    """
    if not Path(path).is_file():
        raise UsageError(f'Config {path} does not exist; configs lie in configs/, for example '
                         'configs/fdp_synthetic.py.')
    try:
        return Config.fromfile(path)
    except USER_ERRORS:
        raise
    except Exception as error:
        hint = next((hint for kind, hint in HINTS.items() if isinstance(error, kind)), '')
        raise UsageError(f'Config {path} cannot be read: {summary(error)}{hint} ({SEE_MORE}).') from error


def read_config(args: Namespace) -> Config:
    """Read the config that the command line names, with its left-out subject, work directory and launcher.

    Args:
        args: Parsed by a parser with :func:`add_common_arguments` and a positional ``config``.

    Returns:
        The config; ``--cfg-options`` are not merged yet, since they win over everything: see
        :func:`~fdp_mmaction.engine.config_options.merge_options`.

    Raises:
        UsageError: The config is missing or cannot be read, or has no use for ``--test-subject``.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.test_subject is not None:
        os.environ[SUBJECT_VARIABLE] = args.test_subject      # before the config is read
    cfg = load_config(args.config)
    if args.test_subject is not None and SUBJECT_VARIABLE not in cfg.env_variables:
        raise UsageError(f'{args.config} does not read {{{{${SUBJECT_VARIABLE}:...}}}}, so --test-subject would change '
                         'nothing; use it in the dataset settings of the config.')
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = os.path.join('work_dirs', Path(args.config).stem, args.test_subject or '')
    return cfg


def build_runner(cfg: Config) -> Runner:
    """Build the runner.

    Args:
        cfg: Complete, with the ``--cfg-options`` merged.

    Returns:
        The runner, MMEngine's unless the config names a ``runner_type``.
    """
    if cfg.get('randomness') and cfg.randomness.get('deterministic'):
        os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')      # cuBLAS asks for it
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


def check_folder(folder: str | Path, option: str = '--out') -> None:
    """Refuse a place that cannot become a folder of results, before anything takes time.

    Args:
        folder: Where files are to be written; need not exist.
        option: That names it. Defaults to ``'--out'``.

    Raises:
        UsageError: It, or what it would lie in, is a file or cannot be written into.
    """
    folder = Path(folder)
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise UsageError(f'{place} is a file: give a folder with {option}.')
    if not os.access(place, os.W_OK | os.X_OK):
        raise UsageError(f'{place} cannot be written into: give another folder with {option}.')


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


def summary(error: BaseException, longest: int = 400) -> str:
    """What an error that was not made for users says, in one line, with the place in a file that was being read.

    Args:
        error: Raised while a config was read or what it names was built.
        longest: Characters of the message that are kept. Defaults to 400.

    Returns:
        ``TypeError: ...``, without a full stop.

    Examples:
        >>> summary(KeyError('neck'))
        "KeyError: 'neck'"
    """
    while isinstance(error, ImportError) and isinstance(error.__context__, ImportError):      # the host's own
        error = error.__context__
    text = ' '.join((error.msg if isinstance(error, SyntaxError) else str(error)).split()).rstrip('.')
    text = f'{type(error).__name__}: {text[:longest]}{" ..." * (len(text) > longest)}'
    if isinstance(error, SyntaxError):
        return f'{text} in line {error.lineno}: {(error.text or "").strip()}'
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == '<module>']
    return f'{text} in {lines[-1].filename}, line {lines[-1].lineno}' if lines else text
