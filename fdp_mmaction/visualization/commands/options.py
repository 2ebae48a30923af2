"""What the commands of ``tools/visualize.py`` share: options, and where figures go."""

from __future__ import annotations

import re
import sys
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.errors import DatasetError
from ..figures import check_format, save_figure
from ..print_style import DPI

_SLOW = 20      # clips; more get a progress bar


def add_command(commands: Action, name: str, run: Callable[..., list[Path]], summary: str, description: str,
                examples: str) -> ArgumentParser:
    """Add a command with ``--debug``.

    Args:
        commands (Action): From ``add_subparsers``.
        name (str): Of the command.
        run (Callable): Takes the parsed arguments, returns the files that it wrote.
        summary (str): One line.
        description (str): Above the options.
        examples (str): Below them.

    Returns:
        ArgumentParser: To add options to.
    """
    parser = commands.add_parser(name, help=summary, description=description, epilog=examples,
                                 formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    parser.set_defaults(run=run)
    return parser


def add_data_root(parser: ArgumentParser) -> None:
    """Add ``--data-root``."""
    parser.add_argument('--data-root', metavar='DIR', required=True,
                        help='prepared folder, as tools/prepare_data.py writes it')


def add_sample(parser: ArgumentParser) -> None:
    """Add ``--data-root`` and ``--sample``."""
    add_data_root(parser)
    parser.add_argument('--sample', metavar='ID', help='sample of it, for example sub17/EP05_02 (default: the first)')


def add_checkpoint(parser: ArgumentParser, required: bool = True) -> None:
    """Add ``--checkpoint`` and ``--config``."""
    parser.add_argument('--checkpoint', metavar='FILE', required=required, help='trained model')
    parser.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')


def check_config(args: Namespace) -> None:
    """Raise :class:`~fdp_mmaction.engine.launch.UsageError` if there is a ``--config`` of no ``--checkpoint``."""
    if args.config is not None and args.checkpoint is None:
        raise UsageError('--config goes with --checkpoint: give both, or neither.')


def add_figure(parser: ArgumentParser, default: str, dpi: int = DPI) -> None:
    """Add ``--out`` and ``--dpi`` of one figure.

    Args:
        parser (ArgumentParser): Receives them.
        default (str): Where the figure goes without ``--out``, in words.
        dpi (int): Dots per inch. Defaults to 300.
    """
    parser.add_argument('--out', type=figure_file, metavar='FILE',
                        help=f'.png, .pdf or .svg (default: {default})')
    parser.add_argument('--dpi', type=at_least(1), default=dpi, metavar='N',
                        help='dots per inch, of pictures in a .pdf or .svg too (default: %(default)s)')


def figure_file(text: str) -> Path:
    """A file name that a figure can have."""
    try:
        return check_format(text)
    except DatasetError as error:
        raise ArgumentTypeError(str(error)) from None


def above_zero(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float('inf'):
        raise ArgumentTypeError(f'{text} is not a number above 0')
    return value


def at_least(least: int) -> Callable[[str], int]:
    """A whole number of at least so much."""
    def convert(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f'{text} is not a whole number of at least {least}')
        return int(text)
    return convert


def out_of(out: Path | None, command: str, name: str, ending: str = '.png') -> Path:
    """The file of a figure, or ``work_dirs/<command>/<name>`` by default."""
    return out or Path('work_dirs', command, re.sub(r'[^\w.-]+', '_', name) + ending)


def save_for_print(figure: Figure, path: Path, dpi: int = DPI) -> Path:
    """Write a figure that was made for a column, in the size it was made for."""
    return save_figure(figure, path, dpi, tight=False)


def progress(items: Collection, text: str) -> Iterable[Any]:
    """The items, with a progress bar on a terminal where there are many."""
    if len(items) < _SLOW or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track
    return track(items, text, console=Console(stderr=True), transient=True)
