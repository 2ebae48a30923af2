"""Export a trained model to files that run without this project: ONNX, and torch.export (.pt2).

    python tools/export.py work_dirs/fdp_synthetic/sub01/epoch_20.pth --out exported --data-root data/synthetic
    python tools/export.py CHECKPOINT --out exported --heads class --format onnx         # the class alone
    python tools/export.py random --config configs/fdp_casme2.py --out exported --time   # random weights, to time them
    python demo/onnx_runtime.py exported/fdp_synthetic.onnx VIDEO                        # needs ONNX Runtime alone

An exported file takes uint8 grey frames of aligned faces, (clips, T, H, W) with any number of clips, normalises them by
itself, and gives class_scores and what the chosen heads predict. Each file is compared with the model on random clips,
and with --data-root on clips of a prepared folder; one that differs by more than --tolerance is not kept. NAME.json
beside it, also inside the file, says what the file takes and gives, and where it comes from (docs/export.md).

exit status: 0 done; 1 a file was not kept; 2 the command cannot be obeyed.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from rich.console import Console

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import user_errors

FORMATS = ('onnx', 'torch-export')


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help="trained model (.pth); 'random': random weights of --config")
    parser.add_argument('--config', metavar='FILE', help='of the checkpoint (default: the one beside it)')
    parser.add_argument('--out', metavar='DIR', required=True, help='folder to write into')
    parser.add_argument('--name', help='of the files, without suffix (default: that of the config; of a fold of '
                                       'tools/loso.py that of the run, with seed and subject)')
    parser.add_argument('--format', nargs='+', choices=FORMATS, default=list(FORMATS), dest='formats',
                        help='default: both. onnx needs pip install "fdp-mmaction[export]"')
    parser.add_argument('--heads', nargs='+', metavar='HEAD',
                        help='what to predict beside the class: rank (scores of the frames), dynamic_image, flow, '
                             'landmarks, or class for it alone; others are not in the file (default: all)')
    parser.add_argument('--fold-bn', action=BooleanOptionalAction, default=True,
                        help='fold batch normalisation into the weights')
    parser.add_argument('--opset', type=int, metavar='N', help="of ONNX's operators, 18 to 23 (default: PyTorch's)")
    check = parser.add_argument_group('check')
    check.add_argument('--data-root', metavar='DIR', help='prepared folder: compare on its clips too, and read from it '
                                                          'how faces were aligned')
    check.add_argument('--clips', type=_number, default=8, metavar='N', help='of the folder (default: %(default)s)')
    check.add_argument('--tolerance', type=float, default=1e-4, metavar='X',
                       help="largest difference allowed, relative to an output's largest value (default: %(default)s)")
    timing = parser.add_argument_group('time')
    timing.add_argument('--time', nargs='*', type=_number, metavar='BATCH',
                        help='time files and model in turn on the CPU, for these numbers of clips (default: 1 8)')
    timing.add_argument('--repeats', type=_number, default=20, metavar='N', help='timed rounds (default: %(default)s)')
    timing.add_argument('--threads', type=_number, metavar='N', help='of PyTorch and ONNX Runtime')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args(argv)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text} is not a whole number above 0')
    return int(text)


def difference_table(files: Sequence[Any]) -> str:
    """What the check found.

    Args:
        files: From :func:`fdp_mmaction.export.export_model`.

    Returns:
        A Markdown table.
    """
    from fdp_mmaction.engine.loso.report_text import markdown_table
    return markdown_table(['file', 'output', 'largest difference', 'of the largest value', 'typical'],
                          [[file.path.name, found.output, *(f'{value:.1e}' for value in (
                              found.absolute, found.relative, found.typical))]
                           for file in files for found in file.differences])


def time_table(rows: Sequence[dict[str, Any]]) -> str:
    """What the timing found.

    Args:
        rows: From :func:`fdp_mmaction.export.timing.time_files`.

    Returns:
        A Markdown table.
    """
    from fdp_mmaction.engine.loso.report_text import markdown_table
    cells = []
    for row in rows:
        ms = [1000 * row['seconds'][key] for key in ('median', 'low', 'high')]
        ratio = row['ratio']
        cells.append([row['batch_size'], row['name'], f'{row["clips_per_second"]:.3g}',
                      f'{ms[0]:.3g} ({ms[1]:.3g} – {ms[2]:.3g})',
                      f'{ratio["ratio"]:.2f} ({ratio["low"]:.2f} – {ratio["high"]:.2f})'])
    return markdown_table(['clips', '', 'clips/s', 'ms (quartiles)', 'times faster (95 %)'], cells)


def export(args: Namespace, console: Console) -> bool:
    """Export, check and time.

    Args:
        args: The command line.
        console: To write to.

    Returns:
        Whether all files were kept.
    """
    from fdp_mmaction.export import export_model, read_source
    from fdp_mmaction.export.clips import prepared_clips
    source, clips = read_source(args.checkpoint, args.config, args.data_root), None
    if args.data_root is not None:
        clips, short = prepared_clips(args.data_root, source.config.test_dataloader.dataset.pipeline, args.clips)
        if short:
            console.print(f'{short} of {short + len(clips)} MEs are too short for the pipeline and were passed over.')
    with console.status('exporting') as status:
        result = export_model(source, args.out, args.formats, args.heads, args.fold_bn, args.opset, clips, args.name,
                              args.tolerance, status.update)
    if result.files:
        console.print(f'Compared with the model on {"random" if clips is None else f"random and {len(clips)} real"} '
                      f'clips:\n\n{difference_table(result.files)}\n')
        for path in [*(file.path for file in result.files), result.description]:
            console.print(str(path))
    for sentence in result.failures:
        sys.stderr.write(f'error: {sentence}\n')
    if args.time is not None and result.files:
        from fdp_mmaction.engine.benchmark.machine import describe_machine, find_device
        from fdp_mmaction.engine.benchmark.measure import threads_of
        from fdp_mmaction.engine.benchmark.tables import machine_line
        from fdp_mmaction.export.timing import time_files
        with threads_of(args.threads), console.status('timing'):
            rows = time_files(result.module, {file.format: file.path for file in result.files},
                              source.recipe.clip_shape, args.time or [1, 8], args.repeats)
            machine = machine_line(describe_machine(find_device('cpu')))
        console.print(f'\n{time_table(rows)}\n\n{machine}')
    return not result.failures


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parse_args(argv)
    with user_errors(args.debug):
        done = export(args, Console(highlight=False, soft_wrap=True, markup=False))
    if not done:
        raise SystemExit(1)


if __name__ == '__main__':
    main()
