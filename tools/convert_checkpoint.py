"""Convert a checkpoint of the authors' released FDP or MOL code to this project, or back.

    python tools/convert_checkpoint.py FDP.pth fdp_released.pth                       # released -> ours
    python tools/convert_checkpoint.py fdp_released.pth FDP.pth --to released         # ours -> released

The names of the weights tell which network it is. A released file is the state dict of its network; one nested under
state_dict, model or net, or saved by parallel training (module. before every name), is understood too. The result fits
the model of configs/_base_/models/fdp_released.py or mol_released.py, so for FDP that of configs/fdp_released_casme2.py
and configs/fdp_released_samm.py, whose protocol has the classes in the released order:

    python tools/test.py configs/fdp_released_casme2.py fdp_released.pth --test-subject sub17

Files are read with PyTorch's safe loader, which runs no code of theirs. Weights are renamed, never changed: converting
there and back gives the same bits.

exit status: 0 done; 2 the file is no such checkpoint (a table says why) or cannot be read.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.atomic import replacing
from fdp_mmaction.engine.launch import UsageError, user_errors
from fdp_mmaction.engine.safe_loading import allow_log_history, load_from_local
from fdp_mmaction.models.released_fdp import FDP
from fdp_mmaction.models.released_keys import KeyMismatchError, ReleasedNetwork, find_state_dict
from fdp_mmaction.models.released_mol import MOL
from fdp_mmaction.version import __version__

SHOWN = 10
"""Rows of each kind in the table of problems; a file of another network has hundreds."""
NETWORKS = (FDP, MOL)
"""What can be converted."""


def parse_args() -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('source', help='checkpoint to convert (.pth)')
    parser.add_argument('target', help='file to write')
    parser.add_argument('--to', choices=['own', 'released'], default='own',
                        help="own: from the released names to this project's; released: the other way (default: own)")
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args()


def problem_table(error: KeyMismatchError) -> Table:
    """What does not fit, the first rows of each kind.

    Args:
        error: From :meth:`fdp_mmaction.models.released_keys.ReleasedNetwork.convert`.

    Returns:
        A table of key, problem and detail.
    """
    kinds = dict.fromkeys(kind for _, kind, _ in error.problems)
    shown = [row for kind in kinds for row in [row for row in error.problems if row[1] == kind][:SHOWN]]
    left = len(error.problems) - len(shown)
    table = Table('key', 'problem', 'detail', caption=f'and {left} more' if left else None)
    for row in shown:
        table.add_row(*row)
    return table


def find_network(weights: dict[str, torch.Tensor], to_released: bool) -> ReleasedNetwork:
    """The network that shares most names with a state dict.

    Args:
        weights: A state dict.
        to_released: Whether its names are ours.

    Returns:
        One of the networks; the first where the names are nobody's.
    """
    return max(NETWORKS, key=lambda network: network.matching(weights, not to_released))


def convert(source: str, target: str, to_released: bool) -> str:
    """Convert one file.

    Args:
        source: File to read.
        target: File to write.
        to_released: Direction.

    Returns:
        One sentence about what was written.

    Raises:
        UsageError: The paths are the same, or the file holds no weights.
        KeyMismatchError: The weights are those of another network.
    """
    if Path(source).resolve() == Path(target).resolve():
        raise UsageError('Source and target are the same file; name another target.')
    allow_log_history()
    try:
        weights = find_state_dict(load_from_local(source, map_location='cpu'))
    except ValueError as error:
        raise UsageError(f'{source}: {error}') from error
    network = find_network(weights, to_released)
    converted = network.convert(weights, to_released)
    with replacing(target) as partial:
        if to_released:
            torch.save(converted, partial)
        else:
            meta = dict(converted_from=f'released {network.name}', fdp_mmaction=__version__)
            torch.save(dict(state_dict=converted, meta=meta), partial)
    classes = network.num_classes(converted, to_released)
    return f'{target}: {network.name}, {len(converted)} tensors, {classes} classes.'


def main() -> None:
    """Convert, or show what does not fit."""
    args = parse_args()
    with user_errors(args.debug):
        try:
            done = convert(args.source, args.target, args.to == 'released')
        except KeyMismatchError as error:
            Console(stderr=True).print(problem_table(error))
            raise UsageError(f'{args.source}: {error}') from error
    Console(highlight=False).print(done, soft_wrap=True)


if __name__ == '__main__':
    main()
