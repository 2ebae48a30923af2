"""``landmarks``: the landmarks of a clip, stored and predicted."""

from __future__ import annotations

from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.engine.launch import UsageError
from ..clip_sources import read_prepared_record
from .options import add_checkpoint, add_command, add_figure, add_sample, at_least, check_config, out_of, save_for_print

DESCRIPTION = """\
The landmarks of one clip, frame by frame, and how they move: the stored ones alone, or with --checkpoint also those
that a trained MOL finds in a clip that it should not have been trained on.
"""

EXAMPLES = """\
examples:
  # the stored landmarks of an ME
  python tools/visualize.py landmarks --data-root data/casme2 --sample sub17/EP05_02

  # true and predicted; the config of the model is found beside the checkpoint
  python tools/visualize.py landmarks --data-root data/synthetic --checkpoint work_dirs/mol_synthetic/epoch_20.pth
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'landmarks', run, 'landmarks of a clip, stored and predicted', DESCRIPTION, EXAMPLES)
    add_sample(parser)
    add_checkpoint(parser, required=False)
    parser.add_argument('--num-frames', type=at_least(2), metavar='T',
                        help='without --checkpoint: use T frames, evenly spread (default: 8)')
    add_figure(parser, 'work_dirs/landmarks/<clip>.png')


def run(args: Namespace) -> list[Path]:
    """Write the figure.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The file.

    Raises:
        UsageError: If options do not go together.
    """
    from ..clip_model import ClipModel
    from ..landmark_figure import draw_landmarks
    from ..landmark_view import predict_landmarks, view_landmarks
    check_config(args)
    if args.checkpoint is not None and args.num_frames is not None:
        raise UsageError("A model's own test pipeline chooses frames: leave --num-frames out.")
    record = read_prepared_record(args.data_root, args.sample)
    if args.checkpoint is None:
        view = view_landmarks(record, args.num_frames or 8)
    else:
        view = predict_landmarks(ClipModel(args.checkpoint, args.config), record)
    return [save_for_print(draw_landmarks(view), out_of(args.out, 'landmarks', view.name), args.dpi)]
