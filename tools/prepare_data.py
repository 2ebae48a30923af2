#!/usr/bin/env python
"""Turn a dataset as released into the prepared folder that training reads."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fdp_mmaction.datasets.preparation import (
    FlowSettings,
    OnProgress,
    PreparationReport,
    PreparationSettings,
    prepare_composite,
    prepare_custom,
    prepare_flow,
    prepare_release,
    prepare_synthetic,
    prepare_synthetic_release,
    read_release,
)
from fdp_mmaction.datasets.preparation.show import show, show_protocols
from fdp_mmaction.datasets.readers import READERS, ReleaseReader
from fdp_mmaction.datasets.readers.custom import CUSTOM
from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig
from fdp_mmaction.datasets.transforms.exact_flow import EXACT
from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.detected_source import PER
from fdp_mmaction.faces.landmark_sources import LANDMARK_SOURCES, options_of
from fdp_mmaction.faces.missing import ON_MISSING
from fdp_mmaction.faces.openface_source import COUNTERS
from fdp_mmaction.functional.optical_flow import FLOW_METHODS

OK, USER_ERROR, CLIPS_LOST, INTERRUPTED = 0, 2, 3, 130
Outcome = TypeVar('Outcome')
EXAMPLES = """\
examples:
  # CASME II with landmarks detected beforehand (LANDMARKS/sub01/EP02_01f.npz ...)
  python tools/prepare_data.py casme2 --root CASME2 --out data/casme2 --landmarks LANDMARKS

  # CASME II from its officially cropped faces, no landmarks
  python tools/prepare_data.py casme2 --root CASME2 --out data/casme2 --landmark-source none

  # CASME II with landmarks detected now (docs/faces.md says what to install)
  python tools/prepare_data.py casme2 --root CASME2 --out data/casme2 --landmark-source mediapipe

  # your own frame folders or videos, listed in a table (docs/datasets/custom.md)
  python tools/prepare_data.py custom --root own/clips.csv --out data/custom --landmarks LANDMARKS

  # what is in a release, beside what should be, without preparing anything
  python tools/prepare_data.py census casme2 --root CASME2

  # the MEGC2019 composite, from three prepared folders
  python tools/prepare_data.py composite --casme2 data/casme2 --samm data/samm --smic data/smic --out data/megc2019

  # a synthetic dataset, nothing to download
  python tools/prepare_data.py synthetic --out data/synthetic

An interrupted preparation continues when the same command is given again.
exit status: 0 done; 2 wrong input; 3 done, but clips were lost or the census is not that of the release (see
--allow-missing); 130 interrupted.
"""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=style)
    datasets = parser.add_subparsers(dest='dataset', required=True, metavar='DATASET')
    for reader in READERS.values():
        part = datasets.add_parser(reader.name, help=reader.title, description=reader.description, epilog=EXAMPLES,
                                   formatter_class=style)
        _add_release_options(part, reader)
        part.set_defaults(run=_run_release)
        _add_landmark_options(part)
        _add_common_options(part)
    part = datasets.add_parser('custom', help=CUSTOM.title, description=CUSTOM.description, epilog=EXAMPLES,
                               formatter_class=style)
    part.add_argument('--root', type=Path, required=True, metavar='TABLE', help='the CSV file')
    part.add_argument('--dataset-name', default=CUSTOM.name, metavar='NAME',
                      help='dataset name in sample ids (default: %(default)s)')
    part.add_argument('--fps', type=int, help='frames per second, for information')
    part.set_defaults(run=_run_custom)
    _add_landmark_options(part)
    _add_common_options(part)
    part = datasets.add_parser('composite', help='the MEGC2019 composite of CASME II, SAMM and SMIC-HS',
                               description='Joins three prepared folders without copying their frames.')
    for name in ('casme2', 'samm', 'smic'):
        part.add_argument(f'--{name}', type=Path, required=True, metavar='DIR', help=f'prepared folder of {name}')
    part.add_argument('--list', type=Path, metavar='FILE', dest='inclusion_list',
                      help='samples to include: video442Names.txt, or a CSV file with such names (default: those of '
                           'the three classes but two, see docs/datasets/megc2019.md)')
    _add_output_options(part)
    part.set_defaults(run=_run_composite)
    part = datasets.add_parser('census', help='count what a release holds, without preparing it',
                               description='Found and expected samples by emotion, class and subject.')
    readers = part.add_subparsers(dest='reader', required=True, metavar='DATASET')
    for reader in READERS.values():
        one = readers.add_parser(reader.name, help=reader.title, description=reader.description, formatter_class=style)
        _add_release_options(one, reader)
        one.add_argument('--allow-missing', action='store_true', help='exit with 0 whatever the numbers')
        one.set_defaults(run=_run_census)
    part = datasets.add_parser(
        'synthetic', help='rendered faces with micro-expressions', epilog=EXAMPLES, formatter_class=style,
        description='Without --root, renders straight into the prepared format. With --root, prepares the images that '
                    'tools/generate_synthetic.py wrote, through the reader of CASME II.')
    part.add_argument('--root', type=Path, help='folder written by tools/generate_synthetic.py')
    part.add_argument('--subjects', type=int, default=SyntheticConfig.num_subjects, metavar='N',
                      help='number of subjects, without --root (default: %(default)s)')
    part.add_argument('--clips', type=int, default=SyntheticConfig.clips_per_subject, metavar='N',
                      help='clips per subject, without --root (default: %(default)s)')
    part.add_argument('--preset', choices=tuple(PRESETS), default=SyntheticConfig.preset,
                      help='difficulty, without --root (default: %(default)s)')
    part.add_argument('--seed', type=int, default=SyntheticConfig.seed, help='without --root (default: %(default)s)')
    part.set_defaults(run=_run_synthetic)
    _add_landmark_options(part, ' (default: ROOT/landmarks)')
    _add_common_options(part, (*FLOW_METHODS, EXACT))
    return parser.parse_args(argv)


def _add_release_options(part: argparse.ArgumentParser, reader: ReleaseReader) -> None:
    part.add_argument('--root', type=Path, required=True, help='folder of the release')
    part.add_argument('--layout', choices=('auto', *reader.layouts), default='auto',
                      help=f'which frames of the release (default: the first found of {", ".join(reader.layouts)})')
    part.add_argument('--no-errata', dest='errata', action='store_false',
                      help='read the sheet as released, known mistakes included')


def _add_landmark_options(part: argparse.ArgumentParser, default: str = '') -> None:
    part.add_argument('--landmarks', type=Path, metavar='DIR',
                      help='folder with <subject>/<clip>.npz: landmarks (T, 68, 2) and frame_ids (T,); or with '
                           f'<subject>/<clip>.csv, also of OpenFace{default}')
    part.add_argument('--landmark-source', choices=tuple(LANDMARK_SOURCES),
                      help="where landmarks come from: 'precomputed' and 'openface' read --landmarks; 'mediapipe' and "
                           "'dlib' detect them (see docs/faces.md); 'box' is a coarse last resort without a model; "
                           "'none' is for officially cropped faces, which are only resized (default: precomputed)")
    part.add_argument('--landmark-model', type=Path, metavar='FILE',
                      help="dlib's 68-point predictor, or a face landmarker file (.task) of newer MediaPipe")
    part.add_argument('--landmarks-per', choices=PER,
                      help="mediapipe, dlib, box: detect in every frame, or in the first only, whose landmarks then "
                           "stand for all (default: frame; box: onset)")
    part.add_argument('--openface-counter', choices=COUNTERS,
                      help="openface: what its column 'frame' counts: the images of the folder of the frames, sorted "
                           'as text; the frames of the clip; or the frame number itself (default: folder)')
    part.add_argument('--smooth-landmarks', type=int, default=0, metavar='N',
                      help='smooth landmarks over N frames, odd, from 5 on (default: 0, not at all)')
    part.add_argument('--on-missing', choices=ON_MISSING, default='raise',
                      help="frames without a face: 'raise': the clip is lost; 'skip': it is left out by choice; "
                           "'previous': landmarks of the frame before; 'center_crop': the same, and a clip without "
                           'any face is cropped at the middle of the image (default: %(default)s)')
    part.add_argument('--max-fallbacks', type=float, default=PreparationSettings.max_fallbacks, metavar='SHARE',
                      help='end with an error if the faces of a larger share of clips were not found in the first way '
                           '(default: %(default)s)')
    part.add_argument('--align', choices=('onset', 'frame'), default=PreparationSettings.align,
                      help="'onset': one transform per clip, from its first frame; 'frame': one per frame, as the "
                           'released codes of FDP and MOL do (default: %(default)s)')


def _add_common_options(part: argparse.ArgumentParser, flow: Sequence[str] = tuple(FLOW_METHODS)) -> None:
    part.add_argument('--size', type=int, default=PreparationSettings.size, metavar='PX',
                      help='side of the aligned face in pixels (default: %(default)s)')
    part.add_argument('--workers', type=int, default=_usable_cpus(), metavar='N',
                      help='number of processes (default: %(default)s, the usable processors)')
    part.add_argument('--flow', choices=flow, nargs='?', const=FlowSettings.method,
                      help='also compute the optical flow between sampled frames, by TV-L1 unless said otherwise; '
                           'training computes what is missing on first use'
                           + ("; 'exact': the generator's own" if EXACT in flow else ''))
    part.add_argument('--flow-sampling', choices=('uniform', 'stride'), default=FlowSettings.mode,
                      help='how training will sample the frames (default: %(default)s)')
    part.add_argument('--flow-clip-len', type=int, default=FlowSettings.clip_len, metavar='T',
                      help='frames of a sampled clip (default: %(default)s)')
    _add_output_options(part)


def _add_output_options(part: argparse.ArgumentParser) -> None:
    part.add_argument('--out', type=Path, required=True, help='prepared folder to write')
    part.add_argument('--allow-missing', action='store_true',
                      help='exit with 0 even if clips were lost or the census is not that of the release')
    part.add_argument('--fresh', action='store_true', help='delete what an earlier preparation wrote to --out')


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _settings(args: argparse.Namespace) -> PreparationSettings:
    source = args.landmark_source or 'precomputed'
    known = options_of(source)
    given = {'folder': ('--landmarks', args.landmarks), 'model': ('--landmark-model', args.landmark_model),
             'per': ('--landmarks-per', args.landmarks_per), 'counter': ('--openface-counter', args.openface_counter)}
    for name, (option, value) in given.items():
        if value is not None and name not in known:
            raise DatasetError(f'{option} does not go with --landmark-source {source}: give one of them.')
    if 'folder' in known and args.landmarks is None:
        raise DatasetError("Landmarks are needed: give --landmarks DIR, or --landmark-source none for officially "
                           'cropped faces.')
    options: dict[str, object] = {name: str(value) for name, (_, value) in given.items() if value is not None}
    if args.on_missing != 'raise':
        options['on_missing'] = args.on_missing
    if args.smooth_landmarks:
        options['smooth'] = args.smooth_landmarks
    return PreparationSettings(size=args.size, align=args.align, landmark_source=source, landmark_options=options,
                               max_fallbacks=args.max_fallbacks)


def _run_release(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    return prepare_release(READERS[args.dataset], args.root, args.out, _settings(args), layout=args.layout,
                           errata=args.errata, workers=args.workers, fresh=args.fresh, on_progress=on_progress)


def _run_custom(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    return prepare_custom(args.root, args.out, _settings(args), dataset=args.dataset_name, fps=args.fps,
                          workers=args.workers, fresh=args.fresh, on_progress=on_progress)


def _run_composite(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    parts = {name: getattr(args, name) for name in ('casme2', 'samm', 'smic')}
    return prepare_composite(parts, args.out, inclusion_list=args.inclusion_list, fresh=args.fresh)


def _run_census(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    return read_release(READERS[args.reader], args.root, layout=args.layout, errata=args.errata)[1]


def _run_synthetic(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    if args.root is None:
        config = SyntheticConfig(args.subjects, args.clips, args.preset, args.seed)
        return prepare_synthetic(config, args.out, args.size, workers=args.workers, fresh=args.fresh,
                                 on_progress=on_progress)
    if args.landmarks is None and args.landmark_source in (None, 'precomputed'):
        args.landmarks = args.root / 'landmarks'
    return prepare_synthetic_release(args.root, args.out, _settings(args), workers=args.workers, fresh=args.fresh,
                                     on_progress=on_progress)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool.

    Returns:
        int: Exit status.
    """
    args = parse_args(argv)
    errors = Console(stderr=True)
    flow = None
    try:
        report = _with_progress('preparing', errors, lambda on_progress: args.run(args, on_progress))
        if getattr(args, 'flow', None):
            wanted = FlowSettings(args.flow, args.flow_clip_len, args.flow_sampling)
            flow = _with_progress('optical flow', errors, lambda on_progress: prepare_flow(
                args.out, wanted, workers=args.workers, on_progress=on_progress))
    except (DatasetError, FaceError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f'{error.filename or getattr(args, "out", args.dataset)}: {error.strerror or error}.')
    except BrokenProcessPool:
        return _fail('A worker process died, perhaps for lack of memory: run the same command with fewer --workers; '
                     'finished clips are kept.')
    except KeyboardInterrupt:
        errors.print('Interrupted: the same command continues where this one stopped.')
        return INTERRUPTED
    console = Console(soft_wrap=True)
    show(report, console)
    if args.dataset == 'census':
        show_protocols(report, console)
    else:
        console.print(f'prepared: {report.folder}', markup=False)
    if flow is not None:
        for entry in flow.left_out:
            console.print(f'without flow: {entry.item}: {entry.reason}', markup=False)
        console.print(f'optical flow: {flow.clips} clips')
    problems = [f'{len(report.lost)} rows or clips were lost'] if report.lost else []
    if flow is not None and flow.lost:
        problems.append(f'{len(flow.lost)} clips have no optical flow')
    if any(deviation.certain for deviation in report.deviations):
        problems.append('the census is not that of the release')
    if not problems:
        return OK
    remedy = ' (allowed)' if args.allow_missing else ': mend this and run again, or accept it with --allow-missing'
    errors.print(f'{", and ".join(problems)}{remedy}.', markup=False, soft_wrap=True)
    return OK if args.allow_missing else CLIPS_LOST


def _with_progress(what: str, console: Console, run: Callable[[OnProgress], Outcome]) -> Outcome:
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=None)
        return run(lambda done, total, name: progress.update(bar, completed=done, total=total))


def _fail(message: str) -> int:
    sys.stderr.write(f'{message}\n')
    return USER_ERROR


if __name__ == '__main__':
    sys.exit(main())
