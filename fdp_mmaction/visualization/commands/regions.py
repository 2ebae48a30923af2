"""``regions``: how far, and where to, the regions of a face move that belong to action units."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.datasets.transforms.flow import METHODS
from ..clip_sources import read_prepared_record
from .options import add_command, add_figure, add_sample, out_of, save_for_print

DESCRIPTION = """\
Mean motion of facial regions (brows, eyelids, nose, cheeks, mouth corners, lips, chin) between two frames of an ME, by
optical flow, with the action units (AUs) that each region belongs to. Regions are placed by the stored landmarks. The
motion of the head, the affine motion that most of the face follows, is subtracted. A table (.csv) of the same name is
written beside the figure.
"""

EXAMPLES = """\
examples:
  # onset to apex by TV-L1
  python tools/visualize.py regions --data-root data/casme2 --sample sub17/EP05_02

  # the truth of a synthetic ME, between two frames of your choice, as a PDF
  python tools/visualize.py regions --data-root data/synthetic --method exact --first 19 --last 40 \\
      --out work_dirs/regions/halves.pdf
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'regions', run, 'motion of the facial regions that belong to action units',
                         DESCRIPTION, EXAMPLES)
    add_sample(parser)
    parser.add_argument('--method', choices=METHODS, default='tvl1',
                        help="optical flow; 'exact' of synthetic MEs only (default: %(default)s)")
    parser.add_argument('--first', type=int, metavar='FRAME', help='number of the first frame (default: the onset)')
    parser.add_argument('--last', type=int, metavar='FRAME', help='number of the other frame (default: the apex)')
    parser.add_argument('--keep-head', action='store_true', help='leave the motion of the head in')
    add_figure(parser, 'work_dirs/regions/<clip>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure and the table.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The files.
    """
    from ..region_figure import draw_regions, write_regions
    from ..region_view import view_regions
    record = read_prepared_record(args.data_root, args.sample)
    view = view_regions(record, args.method, args.first, args.last, args.keep_head)
    out = out_of(args.out, 'regions', view.name)
    return [save_for_print(draw_regions(view), out, args.dpi), write_regions(view, out.with_suffix('.csv'))]
