"""Look at the data, and at what the models make of it.

    python tools/visualize.py dynamic-image --data-root data/synthetic
    python tools/visualize.py dataset --data-root data/synthetic --show means
    python tools/visualize.py flow --data-root data/synthetic --methods exact tvl1
    python tools/visualize.py regions --data-root data/synthetic --method exact
    python tools/visualize.py cam --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth
    python tools/visualize.py features --data-root data/synthetic \\
        --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth
    python tools/visualize.py errors --run work_dirs/loso/fdp_synthetic
    python tools/visualize.py cam --help
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import user_errors
from fdp_mmaction.faces.video_io import quiet_decoders
from fdp_mmaction.visualization.commands import COMMANDS


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for command in COMMANDS:
        command.add(commands)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command, and say what it wrote."""
    args = parse_args(argv)
    if not args.debug:
        quiet_decoders()
    with user_errors(args.debug):
        for path in args.run(args):
            sys.stdout.write(f'{path}\n')


if __name__ == '__main__':
    main()
