"""``dynamic-image``: dynamic image, rank scores and pooling weights of a clip."""

from __future__ import annotations

import re
from argparse import Action, Namespace
from pathlib import Path

from fdp_mmaction.engine.launch import UsageError
from ..clip_ranking import rank_clip
from ..clip_report import write_clip_ranking
from .clip_options import add_clip_options, read_clip
from .options import add_command, at_least, check_config

DESCRIPTION = """\
Dynamic image, rank scores and pooling weights of one clip.

The dynamic image is approximate rank pooling: the direction along which the clip's running means move forward in time.
Written into --out: figure.png, dynamic_image.png, scores.csv, and more pictures with --exact and --checkpoint.
"""

EXAMPLES = """\
examples:
  # the first ME of a prepared folder
  python tools/visualize.py dynamic-image --data-root data/synthetic

  # a certain ME, from onset to apex, beside the ranking SVM that the dynamic image approximates
  python tools/visualize.py dynamic-image --data-root data/casme2 --sample sub17/EP05_02 --part onset-apex --exact

  # what a trained model makes of it; its config is found beside the checkpoint
  python tools/visualize.py dynamic-image --data-root data/synthetic \\
      --checkpoint work_dirs/fdp_synthetic/sub01/epoch_20.pth

  # any frames: a folder of images, in colour, of which 16 are used
  python tools/visualize.py dynamic-image --frames clips/EP02_01f --colour --num-frames 16

  # a piece of a video, frames counted from 0
  python tools/visualize.py dynamic-image --video face.mp4 --start 120 --end 180 --apex 150
"""


def add(commands: Action) -> None:
    """Add the command."""
    parser = add_command(commands, 'dynamic-image', run, 'dynamic image, rank scores and weights of a clip',
                         DESCRIPTION, EXAMPLES)
    add_clip_options(parser)
    ranking = parser.add_argument_group('ranking')
    ranking.add_argument('--num-frames', type=at_least(2), metavar='T',
                         help='use T frames, evenly spread (default: all)')
    ranking.add_argument('--weights', choices=('smooth', 'simple'), default='smooth',
                         help="'smooth' ranks running means, as dynamic images do; 'simple' the frames themselves, "
                              '2t-T-1 (default: %(default)s)')
    ranking.add_argument('--exact', action='store_true', help='add exact rank pooling, a ranking SVM (scikit-learn)')
    ranking.add_argument('--checkpoint', metavar='FILE',
                         help="add a trained model's rank scores of the frames that its test pipeline samples")
    ranking.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')
    parser.add_argument('--out', type=Path, metavar='DIR', help='default: work_dirs/dynamic_image/<clip>')


def run(args: Namespace) -> list[Path]:
    """Write the figure, the pictures and the scores.

    Args:
        args (Namespace): The command line.

    Returns:
        list[Path]: The files.

    Raises:
        UsageError: If options do not go together, or scikit-learn is missing.
    """
    check_config(args)
    clip = read_clip(args)
    try:
        result = rank_clip(clip, args.weights == 'smooth', args.num_frames, args.exact)
    except ImportError as error:
        raise UsageError(str(error)) from None
    if args.checkpoint is not None:
        from ..learned_ranking import LearnedRanker
        result.rankings.append(LearnedRanker(args.checkpoint, args.config)(clip))
    return write_clip_ranking(result, args.out or Path('work_dirs', 'dynamic_image',
                                                       re.sub(r'[^\w.-]+', '_', clip.name)))
