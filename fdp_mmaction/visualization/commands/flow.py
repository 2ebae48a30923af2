"""``flow``: optical flow and landmarks of a clip, true and predicted."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.datasets.transforms.flow import METHODS
from fdp_mmaction.engine.launch import UsageError
from ..clip_sources import read_prepared_record
from ..figures import save_figure
from .options import above_zero, add_checkpoint, add_command, add_figure, add_sample, at_least, check_config, out_of

DESCRIPTION = """\
Optical flow from frame to frame of one clip, as colours and as arrows, and its landmarks: the targets alone, or with
--checkpoint also what a trained MOL makes of a clip that it should not have been trained on. Flow that is not kept in
the prepared folder is computed and kept, as training does.
"""

EXAMPLES = """\
examples:
  # TV-L1 of the first ME
  python tools/visualize.py flow --data-root data/casme2

  # a synthetic clip, whose motion is known
  python tools/visualize.py flow --data-root data/synthetic --sample sub01/EP01_04f --methods exact tvl1 dis

  # what a trained model finds; its config is found beside the checkpoint
  python tools/visualize.py flow --data-root data/synthetic --checkpoint work_dirs/mol_synthetic/epoch_20.pth
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'flow', run, 'optical flow and landmarks of a clip, true and predicted',
                         DESCRIPTION, EXAMPLES)
    add_sample(parser)
    parser.add_argument('--methods', nargs='+', choices=METHODS, metavar='METHOD',
                        help=f'without --checkpoint: {", ".join(METHODS)}; the others are compared with the first '
                             '(default: tvl1)')
    parser.add_argument('--num-frames', type=at_least(2), metavar='T',
                        help='without --checkpoint: use T frames, evenly spread (default: 8)')
    parser.add_argument('--limit', type=above_zero, metavar='PX',
                        help='motion of full colour (default: what half a per cent of the pixels exceed)')
    add_checkpoint(parser, required=False)
    add_figure(parser, 'work_dirs/flow/<clip>.png', 150)


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.

    Raises:
        UsageError: If options do not go together.
    """
    from ..flow_estimator import FlowEstimator
    from ..flow_figure import draw_flow
    from ..flow_view import view_flow
    check_config(args)
    if args.checkpoint is not None and (args.methods is not None or args.num_frames is not None):
        raise UsageError("A model's own test pipeline chooses frames and flow: leave --methods and --num-frames out.")
    record = read_prepared_record(args.data_root, args.sample)
    if args.checkpoint is None:
        view = view_flow(record, args.methods or ('tvl1',), args.num_frames or 8)
    else:
        view = FlowEstimator(args.checkpoint, args.config)(record)
    return [save_figure(draw_flow(view, args.limit), out_of(args.out, 'flow', view.name), args.dpi)]
