"""Options that name one clip, wherever it lies."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from fdp_mmaction.engine.launch import UsageError
from ..clip import PARTS, Clip
from ..clip_sources import read_image_folder, read_prepared_clip, read_video


def add_clip_options(parser: ArgumentParser) -> None:
    """Add the options that :func:`read_clip` reads."""
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


def read_clip(args: Namespace) -> Clip:
    """Read the part of the clip that the command line names.

    Args:
        args (Namespace): With the clip options.

    Returns:
        Clip: The clip.

    Raises:
        UsageError: If options do not go together.
        DatasetError: If the clip cannot be read, or has no such part.
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
