"""``dataset``: what a prepared folder holds."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from ..clip_sources import read_prepared_records
from .options import add_command, add_data_root, add_figure, at_least, out_of, progress, save_for_print

DESCRIPTION = """\
What a prepared folder holds. 'overview': counts by class and subject, durations; 'means': mean onset, mean change to
the apex and mean dynamic image of every class; 'apexes': a contact sheet of apex frames.
"""

EXAMPLES = """\
examples:
  python tools/visualize.py dataset --data-root data/casme2
  python tools/visualize.py dataset --data-root data/casme2 --show means --protocol 3-class \\
      --out work_dirs/dataset/means.pdf
  python tools/visualize.py dataset --data-root data/casme2 --show apexes --per-class 6
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'dataset', run, 'what a prepared folder holds', DESCRIPTION, EXAMPLES)
    add_data_root(parser)
    parser.add_argument('--show', choices=('overview', 'means', 'apexes'), default='overview',
                        help='default: %(default)s')
    parser.add_argument('--protocol', metavar='NAME',
                        help='classes of a protocol, for example 3-class (default: emotions as they were released)')
    parser.add_argument('--per-class', type=at_least(1), default=8, metavar='N',
                        help='apex frames of a class at most (default: %(default)s)')
    add_figure(parser, 'work_dirs/dataset/<folder>_<what>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.
    """
    from ..folder_figures import draw_apexes, draw_class_means, draw_overview
    from ..folder_summary import class_means, protocol_of, summarise_folder
    records = read_prepared_records(args.data_root)
    protocol = protocol_of(args.data_root, args.protocol) if args.protocol else None
    chosen = (protocol.mapping, protocol.classes) if protocol else ()
    summary = summarise_folder(args.data_root, records, *chosen)
    if args.show == 'overview':
        figure = draw_overview(summary)
    elif args.show == 'apexes':
        figure = draw_apexes(summary, args.per_class)
    else:
        means = {name: class_means(progress(found, name)) for name, found in summary.groups.items()}
        figure = draw_class_means(means, summary.name)
    out = out_of(args.out, 'dataset', f'{Path(args.data_root).resolve().name}_{args.show}')
    return [save_for_print(figure, out, args.dpi)]
