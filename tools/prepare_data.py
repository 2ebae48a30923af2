#!/usr/bin/env python
"""Turn a dataset as released into the prepared folder that training reads."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fdp_mmaction.datasets.preparation import (
    OnProgress,
    PreparationReport,
    PreparationSettings,
    prepare_release,
    prepare_synthetic,
    prepare_synthetic_release,
)
from fdp_mmaction.datasets.readers import READERS
from fdp_mmaction.datasets.synthetic import PRESETS, SyntheticConfig
from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.landmark_sources import LANDMARK_SOURCES

OK, USER_ERROR, CLIPS_LOST, INTERRUPTED = 0, 2, 3, 130
EXAMPLES = """\
examples:
  # CASME II with landmarks detected beforehand (LANDMARKS/sub01/EP02_01f.npz ...)
  python tools/prepare_data.py casme2 --root CASME2 --out data/casme2 --landmarks LANDMARKS

  # CASME II from its officially cropped faces, no landmarks
  python tools/prepare_data.py casme2 --root CASME2 --out data/casme2 --landmark-source none

  # a synthetic dataset, nothing to download
  python tools/prepare_data.py synthetic --out data/synthetic

An interrupted preparation continues when the same command is given again.
exit status: 0 done; 2 wrong input; 3 done, but clips were lost (see --allow-missing); 130 interrupted.
"""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=style)
    datasets = parser.add_subparsers(dest='dataset', required=True, metavar='DATASET')
    for reader in READERS.values():
        part = datasets.add_parser(reader.name, help=reader.title, description=reader.description, epilog=EXAMPLES,
                                   formatter_class=style)
        part.add_argument('--root', type=Path, required=True, help='folder of the release')
        part.add_argument('--layout', choices=('auto', *reader.layouts), default='auto',
                          help='which frames of the release (default: the first found of '
                               f'{", ".join(reader.layouts)})')
        part.add_argument('--no-errata', dest='errata', action='store_false',
                          help='read the sheet as released, known mistakes included')
        part.set_defaults(run=_run_release)
        _add_landmark_options(part)
        _add_common_options(part)
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
    _add_common_options(part)
    return parser.parse_args(argv)


def _add_landmark_options(part: argparse.ArgumentParser, default: str = '') -> None:
    part.add_argument('--landmarks', type=Path, metavar='DIR',
                      help=f'folder with <subject>/<clip>.npz: landmarks (T, 68, 2) and frame_ids (T,){default}')
    part.add_argument('--landmark-source', choices=tuple(LANDMARK_SOURCES),
                      help="where landmarks come from: 'precomputed' reads --landmarks; 'none' is for officially "
                           'cropped faces, which are only resized (default: precomputed)')
    part.add_argument('--align', choices=('onset', 'frame'), default=PreparationSettings.align,
                      help="'onset': one transform per clip, from its first frame; 'frame': one per frame, as the "
                           'released codes of FDP and MOL do (default: %(default)s)')


def _add_common_options(part: argparse.ArgumentParser) -> None:
    part.add_argument('--out', type=Path, required=True, help='prepared folder to write')
    part.add_argument('--size', type=int, default=PreparationSettings.size, metavar='PX',
                      help='side of the aligned face in pixels (default: %(default)s)')
    part.add_argument('--workers', type=int, default=_usable_cpus(), metavar='N',
                      help='number of processes (default: %(default)s, the usable processors)')
    part.add_argument('--allow-missing', action='store_true', help='exit with 0 even if clips were lost')
    part.add_argument('--fresh', action='store_true', help='delete what an earlier preparation wrote to --out')


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _settings(args: argparse.Namespace) -> PreparationSettings:
    source = args.landmark_source or 'precomputed'
    if source == 'precomputed' and args.landmarks is None:
        raise DatasetError("Landmarks are needed: give --landmarks DIR, or --landmark-source none for officially "
                           'cropped faces.')
    if source != 'precomputed' and args.landmarks is not None:
        raise DatasetError(f'--landmarks does not go with --landmark-source {source}: give one of them.')
    options = {'folder': str(args.landmarks)} if source == 'precomputed' else {}
    return PreparationSettings(size=args.size, align=args.align, landmark_source=source, landmark_options=options)


def _run_release(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    return prepare_release(READERS[args.dataset], args.root, args.out, _settings(args), layout=args.layout,
                           errata=args.errata, workers=args.workers, fresh=args.fresh, on_progress=on_progress)


def _run_synthetic(args: argparse.Namespace, on_progress: OnProgress) -> PreparationReport:
    if args.root is None:
        config = SyntheticConfig(args.subjects, args.clips, args.preset, args.seed)
        return prepare_synthetic(config, args.out, args.size, workers=args.workers, fresh=args.fresh,
                                 on_progress=on_progress)
    if args.landmarks is None and args.landmark_source != 'none':
        args.landmarks = args.root / 'landmarks'
    return prepare_synthetic_release(args.root, args.out, _settings(args), workers=args.workers, fresh=args.fresh,
                                     on_progress=on_progress)


def show(report: PreparationReport, console: Console) -> None:
    """Print the account of a preparation."""
    expected = report.expected
    table = Table(title=f'{report.dataset}: {len(report.data_list)} samples of {len(report.subjects)} subjects')
    table.add_column('emotion')
    table.add_column('found', justify='right')
    if expected is not None:
        table.add_column('expected', justify='right')
    names = dict.fromkeys([*(expected.emotions if expected else ()), *sorted(report.emotions)])
    for name in names:
        wanted = (str(expected.emotions.get(name, 0)),) if expected else ()
        table.add_row(name, str(report.emotions[name]), *wanted)
    console.print(table)
    for applied in report.errata_applied:
        erratum = applied.erratum
        change = 'row removed' if erratum.new_value is None else f'{erratum.bad_value!r} -> {erratum.new_value!r}'
        console.print(f'erratum: {applied.item}: {erratum.field} {change} ({erratum.source})', markup=False)
    for sample_id, remark in report.remarks:
        console.print(f'remark: {sample_id}: {remark}', markup=False)
    for clip in report.unlabelled:
        console.print(f'without a row in the sheet: {clip}', markup=False)
    for deviation in report.deviations:
        console.print(f'[yellow]warning: {escape(deviation)}[/]')
    for entry in report.left_out:
        colour = 'red' if entry.lost else 'dim'
        console.print(f'[{colour}]left out: {escape(entry.item)}: {escape(entry.reason)}[/]')
    if report.already_done:
        console.print(f'{report.already_done} clips were already done.')
    console.print(f'prepared: {report.folder}', markup=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool.

    Returns:
        int: Exit status.
    """
    args = parse_args(argv)
    errors = Console(stderr=True)
    try:
        report = _with_progress(args.run, args, errors)
    except (DatasetError, FaceError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f'{error.filename or args.out}: {error.strerror or error}.')
    except BrokenProcessPool:
        return _fail('A worker process died, perhaps for lack of memory: run the same command with fewer --workers; '
                     'finished clips are kept.')
    except KeyboardInterrupt:
        errors.print('Interrupted: the same command continues where this one stopped.')
        return INTERRUPTED
    show(report, Console(soft_wrap=True))
    if not report.lost:
        return OK
    allowed = ' (allowed)' if args.allow_missing else ': mend them and run again, or accept this with --allow-missing'
    errors.print(f'{len(report.lost)} rows or clips were lost{allowed}.', markup=False, soft_wrap=True)
    return OK if args.allow_missing else CLIPS_LOST


def _with_progress(run: Callable[[argparse.Namespace, OnProgress], PreparationReport], args: argparse.Namespace,
                   console: Console) -> PreparationReport:
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task('preparing', total=None)
        return run(args, lambda done, total, name: progress.update(bar, completed=done, total=total))


def _fail(message: str) -> int:
    sys.stderr.write(f'{message}\n')
    return USER_ERROR


if __name__ == '__main__':
    sys.exit(main())
