"""Look at what the package computes.

    python tools/visualize.py dynamic-image --data-root data/synthetic
    python tools/visualize.py fdp --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/epoch_20.pth
    python tools/visualize.py flow --data-root data/synthetic --methods exact tvl1
    python tools/visualize.py dynamic-image --help
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.datasets.transforms.flow import METHODS
from fdp_mmaction.engine.launch import UsageError, user_errors
from fdp_mmaction.visualization import (Clip, rank_clip, read_image_folder, read_prepared_clip, read_video,
                                        write_clip_ranking)
from fdp_mmaction.visualization.clip import PARTS
from fdp_mmaction.visualization.clip_sources import read_prepared_record

DYNAMIC_IMAGE = """\
Dynamic image, rank scores and pooling weights of one clip.

The dynamic image is approximate rank pooling: the direction along which the clip's running means move forward in time.
Written into --out: figure.png, dynamic_image.png, scores.csv, and more pictures with --exact and --checkpoint.
"""

FDP = """\
What a trained FDP does with one clip: frames, their maps, rank scores and pooling weights, the dynamic representation,
and the two answers, class and dynamic image. Show it a subject that it was not trained on.
"""

FDP_EXAMPLES = """\
examples:
  python tools/visualize.py fdp --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/epoch_20.pth
  python tools/visualize.py fdp --data-root data/casme2 --sample sub17/EP05_02 --checkpoint work_dirs/sub17/epoch_75.pth
"""

FLOW = """\
Optical flow from frame to frame of one clip, as colours and as arrows, and its landmarks: the targets alone, or with
--checkpoint also what a trained MOL makes of a clip that it should not have been trained on. Flow that is not kept in
the prepared folder is computed and kept, as training does.
"""

FLOW_EXAMPLES = """\
examples:
  # TV-L1 of the first ME
  python tools/visualize.py flow --data-root data/casme2

  # a synthetic clip, whose motion is known
  python tools/visualize.py flow --data-root data/synthetic --sample sub01/EP01_04f --methods exact tvl1 dis

  # what a trained model finds; its config is found beside the checkpoint
  python tools/visualize.py flow --data-root data/synthetic --checkpoint work_dirs/mol_synthetic/epoch_20.pth
"""

EXAMPLES = """\
examples:
  # the first ME of a prepared folder
  python tools/visualize.py dynamic-image --data-root data/synthetic

  # a certain ME, from onset to apex, beside the ranking SVM that the dynamic image approximates
  python tools/visualize.py dynamic-image --data-root data/casme2 --sample sub17/EP05_02 --part onset-apex --exact

  # what a trained model makes of it; its config is found beside the checkpoint
  python tools/visualize.py dynamic-image --data-root data/synthetic --checkpoint work_dirs/fdp_synthetic/epoch_20.pth

  # any frames: a folder of images, in colour, of which 16 are used
  python tools/visualize.py dynamic-image --frames clips/EP02_01f --colour --num-frames 16

  # a piece of a video, frames counted from 0
  python tools/visualize.py dynamic-image --video face.mp4 --start 120 --end 180 --apex 150
"""


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    style = RawDescriptionHelpFormatter
    parser = ArgumentParser(description=__doc__, formatter_class=style)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    _add_dynamic_image(commands.add_parser('dynamic-image', help='dynamic image, rank scores and weights of a clip',
                                           description=DYNAMIC_IMAGE, epilog=EXAMPLES, formatter_class=style))
    _add_fdp(commands.add_parser('fdp', help='what a trained FDP does with a clip, step by step', description=FDP,
                                 epilog=FDP_EXAMPLES, formatter_class=style))
    _add_flow(commands.add_parser('flow', help='optical flow and landmarks of a clip, true and predicted',
                                  description=FLOW, epilog=FLOW_EXAMPLES, formatter_class=style))
    return parser.parse_args(argv)


def _add_flow(parser: ArgumentParser) -> None:
    parser.add_argument('--data-root', metavar='DIR', required=True,
                        help='prepared folder, as tools/prepare_data.py writes it')
    parser.add_argument('--sample', metavar='ID', help='sample of it, for example sub17/EP05_02 (default: the first)')
    parser.add_argument('--methods', nargs='+', choices=METHODS, metavar='METHOD',
                        help=f'without --checkpoint: {", ".join(METHODS)}; the others are compared with the first '
                             '(default: tvl1)')
    parser.add_argument('--num-frames', type=_two_or_more, metavar='T',
                        help='without --checkpoint: use T frames, evenly spread (default: 8)')
    parser.add_argument('--limit', type=_positive, metavar='PX',
                        help='motion of full colour (default: what half a per cent of the pixels exceed)')
    parser.add_argument('--checkpoint', metavar='FILE', help='trained model; its test pipeline chooses frames and '
                                                             'targets')
    parser.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')
    parser.add_argument('--out', type=Path, metavar='PNG', help='default: work_dirs/flow/<clip>.png')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    parser.set_defaults(run=flow)


def _add_fdp(parser: ArgumentParser) -> None:
    _add_clip_options(parser)
    parser.add_argument('--checkpoint', metavar='FILE', required=True, help='trained model')
    parser.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')
    parser.add_argument('--out', type=Path, metavar='PNG', help='default: work_dirs/fdp/<clip>.png')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    parser.set_defaults(run=fdp)


def _add_dynamic_image(parser: ArgumentParser) -> None:
    _add_clip_options(parser)
    ranking = parser.add_argument_group('ranking')
    ranking.add_argument('--num-frames', type=_two_or_more, metavar='T',
                         help='use T frames, evenly spread (default: all)')
    ranking.add_argument('--weights', choices=('smooth', 'simple'), default='smooth',
                         help="'smooth' ranks running means, as dynamic images do; 'simple' the frames themselves, "
                              '2t-T-1 (default: %(default)s)')
    ranking.add_argument('--exact', action='store_true', help='add exact rank pooling, a ranking SVM (scikit-learn)')
    ranking.add_argument('--checkpoint', metavar='FILE',
                         help="add a trained model's rank scores of the frames that its test pipeline samples")
    ranking.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')
    parser.add_argument('--out', type=Path, metavar='DIR', help='default: work_dirs/dynamic_image/<clip>')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    parser.set_defaults(run=dynamic_image)


def _add_clip_options(parser: ArgumentParser) -> None:
    clip = parser.add_argument_group('clip', 'one source, and which part of it; frame numbers are those on the axes of '
                                             'the figure')
    source = clip.add_mutually_exclusive_group(required=True)
    source.add_argument('--data-root', metavar='DIR', help='prepared folder, as tools/prepare_data.py writes it')
    source.add_argument('--frames', metavar='DIR', help='folder of frame images, ordered by the number in their names')
    source.add_argument('--video', metavar='FILE', help='video file')
    clip.add_argument('--sample', metavar='ID',
                      help='sample of the prepared folder, for example sub17/EP05_02 (default: the first)')
    clip.add_argument('--start', type=int, metavar='FRAME', help='first frame number (default: the first)')
    clip.add_argument('--end', type=int, metavar='FRAME', help='last frame number, included (default: the last)')
    clip.add_argument('--part', choices=PARTS, default='whole',
                      help="'onset-apex' ends at the apex (default: %(default)s)")
    clip.add_argument('--apex', type=int, metavar='FRAME',
                      help='frame number of the apex (default: the annotated one; none in images and videos)')
    clip.add_argument('--colour', action='store_true', help='keep colour, of images and videos')


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float('inf'):
        raise ArgumentTypeError(f'{text} is not a number above 0')
    return value


def _two_or_more(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise ArgumentTypeError(f'{text} is not a whole number of at least 2')
    return int(text)


def read_clip(args: Namespace) -> Clip:
    """Read the part of the clip that the command line names.

    Args:
        args: With the clip options.

    Returns:
        The clip.

    Raises:
        UsageError: Options do not go together.
        DatasetError: The clip cannot be read, or has no such part.
    """
    if args.data_root is None:
        if args.sample is not None:
            raise UsageError('--sample names a sample of a prepared folder: use it with --data-root.')
        read, path = (read_video, args.video) if args.frames is None else (read_image_folder, args.frames)
        clip = read(path, args.colour, args.start, args.end)
    elif args.colour:
        raise UsageError('A prepared folder holds grey frames: use --colour with --frames or --video.')
    else:
        clip = read_prepared_clip(args.data_root, args.sample).between(args.start, args.end)
    return clip.with_apex(args.apex).part(args.part)


def dynamic_image(args: Namespace) -> None:
    """The command ``dynamic-image``.

    Args:
        args: The command line.

    Raises:
        UsageError: Options do not go together, or scikit-learn is missing.
    """
    if args.config is not None and args.checkpoint is None:
        raise UsageError('--config goes with --checkpoint: give both, or neither.')
    clip = read_clip(args)
    try:
        result = rank_clip(clip, args.weights == 'smooth', args.num_frames, args.exact)
    except ImportError as error:
        raise UsageError(str(error)) from None
    if args.checkpoint is not None:
        from fdp_mmaction.visualization.learned_ranking import LearnedRanker
        result.rankings.append(LearnedRanker(args.checkpoint, args.config)(clip))
    out = args.out or Path('work_dirs', 'dynamic_image', re.sub(r'[^\w.-]+', '_', clip.name))
    for path in write_clip_ranking(result, out):
        sys.stdout.write(f'{path}\n')


def fdp(args: Namespace) -> None:
    """The command ``fdp``.

    Args:
        args: The command line.
    """
    from fdp_mmaction.visualization import save_figure
    from fdp_mmaction.visualization.fdp_walkthrough import draw_walkthrough, walk_through
    from fdp_mmaction.visualization.learned_ranking import LearnedRanker
    clip = read_clip(args)
    ranker = LearnedRanker(args.checkpoint, args.config)
    truth = ranker.protocol.mapping.get(clip.label, '')
    out = args.out or Path('work_dirs', 'fdp', re.sub(r'[^\w.-]+', '_', clip.name) + '.png')
    save_figure(draw_walkthrough(walk_through(ranker, clip), ranker.protocol.classes, truth), out)
    sys.stdout.write(f'{out}\n')


def flow(args: Namespace) -> None:
    """The command ``flow``.

    Args:
        args: The command line.

    Raises:
        UsageError: Options do not go together.
    """
    from fdp_mmaction.visualization import save_figure
    from fdp_mmaction.visualization.flow_estimator import FlowEstimator
    from fdp_mmaction.visualization.flow_figure import draw_flow
    from fdp_mmaction.visualization.flow_view import view_flow
    if args.checkpoint is None:
        if args.config is not None:
            raise UsageError('--config goes with --checkpoint: give both, or neither.')
    elif args.methods is not None or args.num_frames is not None:
        raise UsageError("A model's own test pipeline chooses frames and flow: leave --methods and --num-frames out.")
    record = read_prepared_record(args.data_root, args.sample)
    if args.checkpoint is None:
        view = view_flow(record, args.methods or ('tvl1',), args.num_frames or 8)
    else:
        view = FlowEstimator(args.checkpoint, args.config)(record)
    out = args.out or Path('work_dirs', 'flow', re.sub(r'[^\w.-]+', '_', view.name) + '.png')
    save_figure(draw_flow(view, args.limit), out)
    sys.stdout.write(f'{out}\n')


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parse_args(argv)
    with user_errors(args.debug):
        args.run(args)


if __name__ == '__main__':
    main()
