"""Predict micro-expressions of your own videos with a trained model.

    python tools/infer.py face.mp4 --checkpoint work_dirs/fdp_casme2/sub17/epoch_60.pth
    python tools/infer.py long.mp4 --checkpoint FDP.pth --window 0.5s --stride 0.1s

A video is a video file or a folder of frame images. Its face is found and aligned as tools/prepare_data.py aligns; all
frames together, or those from --onset to --offset, count as one micro-expression, or windows slide along the video.
Each gets a figure in --out, and predictions.json there holds all numbers.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import UsageError, user_errors
from fdp_mmaction.faces.landmark_sources import LANDMARK_SOURCES
from fdp_mmaction.faces.missing import ON_MISSING
from fdp_mmaction.faces.video_io import quiet_decoders

if TYPE_CHECKING:
    from fdp_mmaction.apis import VideoPrediction

OK, VIDEOS_LOST = 0, 3

EPILOG = """\
where the face is (docs/faces.md):
  default       mediapipe if it is installed, else box, which is coarse
  --landmarks   a file with landmarks of the video, or a folder with <name of the video>.npz or .csv for each
  --landmark-source none   the frames show aligned faces already

examples:
  # every video of a folder; the config is the one that training left beside the checkpoint
  python tools/infer.py clips/*.mp4 --checkpoint work_dirs/fdp_casme2/sub17/epoch_60.pth --out work_dirs/mine

  # a micro-expression of which the frames are known, in a folder of images
  python tools/infer.py CASME2/sub17/EP05_02 --checkpoint FDP.pth --config configs/fdp_casme2.py --onset 46 --offset 86

  # half a second slides along a long video; each frame passes the backbone once, where the model allows it
  python tools/infer.py long.mp4 --checkpoint FDP.pth --window 0.5s --stride 0.1s --fold-bn --batch-size 32

exit status: 0 if all went well, 2 if nothing could be done, 3 if a video failed (the others are done).
"""


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, epilog=EPILOG, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('videos', nargs='+', metavar='VIDEO', help='video file, or folder of frame images')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/infer'), metavar='DIR',
                        help='for predictions.json and figures (default: %(default)s)')
    parser.add_argument('--no-figures', action='store_true', help='write the numbers alone')
    parser.add_argument('--debug', action='store_true',
                        help='show the whole traceback of an error, and what decoders say')
    model = parser.add_argument_group('model')
    model.add_argument('--checkpoint', required=True, metavar='FILE', help='trained model (.pth)')
    model.add_argument('--config', metavar='FILE', help='that it was trained with (default: the one beside it)')
    model.add_argument('--device', help='such as cpu or cuda:1 (default: a GPU if there is one)')
    model.add_argument('--heads', nargs='*', metavar='HEAD', help='auxiliary heads that predict beside the class, such '
                       'as dynamic_image, flow, landmarks; none: the class alone (default: all; of windows none)')
    model.add_argument('--fold-bn', action='store_true', help='batch normalisation in the weights: quicker')
    model.add_argument('--batch-size', type=_count, default=8, metavar='N',
                       help='windows that pass the model together (default: %(default)s)')
    part = parser.add_argument_group('part', 'frames of a video count from 0, those of a folder as in the file names')
    part.add_argument('--onset', type=int, metavar='FRAME', help='first frame (default: the first there is)')
    part.add_argument('--offset', type=int, metavar='FRAME', help='last frame, included (default: the last there is)')
    part.add_argument('--apex', type=int, metavar='FRAME', help='for models that see it alone (default: the middle)')
    part.add_argument('--window', type=_length, metavar='LENGTH', help='windows of so many frames or seconds: 40, 0.5s')
    part.add_argument('--stride', type=_length, metavar='LENGTH',
                      help='from window to window (default: a quarter of a window)')
    part.add_argument('--fps', type=float, help='frames per second, if the source does not tell (folders)')
    face = parser.add_argument_group('face', 'as in the preparation of the training data')
    face.add_argument('--landmark-source', default='auto', choices=('auto', *LANDMARK_SOURCES), metavar='NAME',
                      help=f'auto, {", ".join(LANDMARK_SOURCES)} (default: auto)')
    face.add_argument('--landmarks', metavar='FILE_OR_DIR', help='landmark file, or folder of landmark files')
    face.add_argument('--landmark-model', metavar='FILE', help='model file of the detector, where it needs one')
    face.add_argument('--on-missing', choices=[choice for choice in ON_MISSING if choice != 'skip'], default='raise',
                      help='frames without a face (default: raise, the video fails)')
    face.add_argument('--align', choices=('onset', 'frame'), default='onset',
                      help='one transform for a video or one for each frame (default: onset)')
    face.add_argument('--size', type=_count, default=144, metavar='PX', help='of aligned faces (default: 144)')
    face.add_argument('--box-factor', type=float, default=2.5, help='default: 2.5')
    return parser.parse_args(argv)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text} is not a whole number above 0')
    return int(text)


def _length(text: str) -> tuple[str, float]:
    """``40`` -> frames, ``0.5s`` -> seconds."""
    try:
        seconds = text.endswith('s')
        value = float(text[:-1]) if seconds else int(text)
    except ValueError:
        value = 0
    if not 0 < value < float('inf'):
        raise ArgumentTypeError(f'{text} is neither a number of frames, such as 40, nor of seconds, such as 0.5s')
    return ('_seconds' if seconds else ''), value


def infer(args: Namespace) -> list[VideoPrediction]:
    """Predict, and write what was predicted.

    Args:
        args: The command line.

    Returns:
        One prediction for each video.

    Raises:
        UsageError: Options do not go together.
    """
    from fdp_mmaction.apis import MicroExpressionInferencer
    from fdp_mmaction.apis.infer_videos import infer_videos
    if args.stride is not None and args.window is None:
        raise UsageError('--stride moves windows: give --window as well.')
    options = dict(on_missing=args.on_missing)
    if args.landmark_model is not None:
        options['model'] = args.landmark_model
    inferencer = MicroExpressionInferencer(
        args.config, args.checkpoint, args.device, args.landmark_source, args.landmarks, options, args.align, args.size,
        args.box_factor, args.fold_bn)
    lengths = {f'{name}{unit[0]}': unit[1] for name, unit in (('window', args.window), ('stride', args.stride)) if unit}
    return infer_videos(inferencer, args.videos, args.out, not args.no_figures, batch_size=args.batch_size,
                        onset=args.onset, offset=args.offset, apex=args.apex, fps=args.fps, heads=args.heads, **lengths)


def print_table(videos: Sequence[VideoPrediction], out: Path) -> None:
    """A line for each video; what went wrong or should be known below.

    Args:
        videos: The predictions.
        out: Where they were written.
    """
    from rich.console import Console
    from rich.table import Table
    table = Table('video', 'frames', 'class', 'score', 'face')
    for video, shown in zip(videos, shortest_names([video.source for video in videos])):
        if video.error:
            table.add_row(shown, '', 'failed', '', '')
            continue
        best = max(video.clips, key=lambda clip: clip.score)
        name, score = best.class_name, f'{best.score:.2f}'
        if video.windows:
            counts = Counter(clip.class_name for clip in video.clips).most_common()
            name, score = ', '.join(f'{name} {count}' for name, count in counts), f'to {best.score:.2f}'
        table.add_row(shown, f'{video.frame_ids[0]} – {video.frame_ids[-1]}', name, score, video.landmark_source)
    console = Console()
    console.print(table)
    for video in videos:
        for remark in video.remarks:
            console.print(f'{video.source}: {remark}', markup=False, highlight=False, soft_wrap=True)
    console.print(f'written: {out}', markup=False, highlight=False, soft_wrap=True)


def shortest_names(paths: Sequence[str]) -> list[str]:
    """The last parts of paths, as many as tell all of them apart.

    Args:
        paths: Paths.

    Returns:
        One name for each path.
    """
    parts = [Path(path).parts or (path,) for path in paths]
    for count in range(1, max(map(len, parts), default=1) + 1):
        names = [str(Path(*own[-count:])) for own in parts]
        if len(set(names)) == len(set(paths)):
            break
    return names if paths else []


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    args = parse_args(argv)
    if not args.debug:
        quiet_decoders()
    with user_errors(args.debug):
        videos = infer(args)
    failed = [video for video in videos if video.error]
    if len(failed) < len(videos):
        print_table(videos, args.out)
    for video in failed:
        sys.stderr.write(f'failed: {video.source}: {video.error}\n')
    return VIDEOS_LOST if failed else OK


if __name__ == '__main__':
    sys.exit(main())
