"""Measure how fast a config is: data, training, predictions, videos, several processes, leave-one-subject-out runs.

    python tools/benchmark.py train configs/fdp_synthetic.py
    python tools/benchmark.py inference configs/mol_casme2.py --heads class --amp bf16
    python tools/benchmark.py stream configs/fdp_casme2.py --window 100 --stride 10
    python tools/benchmark.py data configs/fdp_casme2.py --data-root data/casme2 --workers 0 2 4
    python tools/benchmark.py processes configs/fdp_casme2.py --processes 1 2
    python tools/benchmark.py loso work_dirs/loso/fdp_casme2
    python tools/benchmark.py train --help

train, inference, stream and processes need no dataset: the config's pipeline is given artificial MEs. More in
docs/speed.md.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmengine.config import DictAction
from mmengine.logging import MMLogger

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import UsageError, user_errors
from fdp_mmaction.host_memory import keep_freed_memory

if TYPE_CHECKING:
    from fdp_mmaction.engine.benchmark.variant import Variant

STEPS = """\
Time {what}:
median and quartiles of repeated steps, operations, memory. Several configs, or --compare, are timed in turn in this
process, and compared with the first.
"""

EXAMPLES = """\
examples:
  # two configs, step by step in turn
  python tools/benchmark.py {part} configs/fdp_synthetic.py configs/ablations/no_global_blocks.py

  # one config as it is, with another memory order, and with bfloat16
  python tools/benchmark.py {part} configs/fdp_casme2.py --compare channels_last=False --compare amp=bf16

  # how the cost grows with the batch, and with the length of clips
  python tools/benchmark.py {part} configs/fdp_casme2.py --sweep batch 4 8 16 32
  python tools/benchmark.py {part} configs/fdp_casme2.py --sweep frames 4 8 16

  # where the time goes
  python tools/benchmark.py {part} configs/fdp_casme2.py --profile
"""

DATA = """\
Time the training pipeline: clips per second from a prepared folder, and how often that covers what a training step
takes up on the device. Optical flow that is not kept in the folder is computed and kept, as in training: then run it
twice.
"""


PROCESSES = """\
Time distributed training steps by several processes, each with a batch of its own, as tools/dist_train.sh runs them:
with and without the exchange of gradients. On GPUs, a process has one; on a CPU, --threads each.
"""


def parse_args(argv: Sequence[str] | None = None) -> Namespace:
    """The command line."""
    style = RawDescriptionHelpFormatter
    parser = ArgumentParser(description=__doc__, formatter_class=style)
    commands = parser.add_subparsers(dest='part', required=True, metavar='PART')
    for part, what in (('train', 'training steps (forward, losses, backward, update)'), ('inference', 'predictions'),
                       ('stream', 'predictions for the windows of a long video')):
        _add_steps(commands.add_parser(part, help=what, description=STEPS.format(what=what),
                                       epilog=EXAMPLES.format(part=part), formatter_class=style), part)
    _add_data(commands.add_parser('data', help='supply of the training pipeline', description=DATA,
                                  formatter_class=style))
    processes = commands.add_parser('processes', help='distributed training steps', description=PROCESSES,
                                    formatter_class=style)
    processes.add_argument('config', help='config file, for example configs/fdp_casme2.py')
    processes.add_argument('--processes', type=_whole, nargs='+', default=[1, 2], metavar='N',
                           help='numbers of processes; efficiency refers to the first (default: 1 2)')
    _add_variant(processes)
    processes.set_defaults(run=run_processes)
    loso = commands.add_parser('loso', help='where the time of a leave-one-subject-out run went',
                               description='Time per fold of a run, and its shares, from what its folds recorded.')
    loso.add_argument('folder', type=Path, help='folder of the run, for example work_dirs/loso/fdp_casme2')
    loso.set_defaults(run=run_loso)
    for command in commands.choices.values():
        command.add_argument('--out', type=Path, metavar='DIR',
                             help='folder of results (default: work_dirs/benchmark/<config>)')
        command.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args(argv)


def _add_steps(parser: ArgumentParser, part: str) -> None:
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config files; the first is the reference')
    _add_variant(parser)
    parser.add_argument('--me-frames', type=_whole, default=64, metavar='F',
                        help='frames of an artificial ME; longer MEs give more clips where a config uses all of them '
                        '(default: 64)')
    if part != 'train':
        parser.add_argument('--heads', nargs='+', default=['all'], metavar='HEAD',
                            help='heads that predict: class, and names of auxiliary heads (default: all)')
        parser.add_argument('--fold-bn', action='store_true', help='fold batch normalisation into the weights')
        parser.add_argument('--pack', action='store_true',
                            help='on a CPU: fold it, and convert the weights beforehand as convolutions want them')
    if part == 'stream':
        for name, default, what in (('window', 64, 'frames from the first to the last of a window'),
                                    ('stride', 8, 'frames between the starts of windows'),
                                    ('video-frames', 512, 'frames of the video')):
            parser.add_argument(f'--{name}', type=_whole, default=default, metavar='F',
                                help=f'{what} (default: {default})')
    parser.add_argument('--compare', nargs='+', action='append', default=[], metavar='KEY=VALUE',
                        help='time the config with these changes as well; may be given again. Keys: amp channels_last '
                        'compile batch_size frames size heads fold_bn pack window stride, or settings of the config')
    parser.add_argument('--sweep', nargs='+', metavar='NAME VALUE',
                        help='batch, frames, size or a setting of the config, then its values: fit how the cost grows')
    parser.add_argument('--profile', action='store_true',
                        help='afterwards, a table of the most expensive operators and a trace')
    parser.add_argument('--warmup', type=_whole, default=3, metavar='N', help='steps before the timing (default: 3)')
    parser.set_defaults(run=run_steps)


def _add_data(parser: ArgumentParser) -> None:
    parser.add_argument('config', help='config file, for example configs/fdp_casme2.py')
    parser.add_argument('--data-root', metavar='DIR',
                        help="prepared folder (default: the config's, which reads it from the environment)")
    parser.add_argument('--workers', type=_count, nargs='+', metavar='N',
                        help="processes that load, 0 for none; several are measured one after the other (default: the "
                        "config's)")
    parser.add_argument('--model', action=BooleanOptionalAction, default=True,
                        help='time training steps too, for the share')
    _add_variant(parser)
    parser.set_defaults(run=run_data, warmup=3)


def _add_variant(parser: ArgumentParser) -> None:
    parser.add_argument('--device', metavar='DEVICE', help='cpu, cuda or cuda:N (default: the GPU if there is one)')
    parser.add_argument('--batch-size', type=_whole, metavar='N', help="MEs in a batch (default: the config's)")
    parser.add_argument('--threads', type=_whole, metavar='N', help="of PyTorch on the CPU (default: PyTorch's own)")
    parser.add_argument('--amp', choices=('bf16', 'fp16'), help='mixed precision; fp16 on GPUs only')
    parser.add_argument('--channels-last', action=BooleanOptionalAction,
                        help="memory order of 2-D convolutions (default: the config's)")
    parser.add_argument('--compile', action='store_true', help='run the model through torch.compile')
    parser.add_argument('--repeats', type=_whole, default=20, metavar='N', help='timings of each (default: 20)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE',
                        help='override settings of every config, for example model.neck.mode=approximate')


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text} is not a whole number above 0')
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f'{text} is not a whole number')
    return int(text)


def variants_of(args: Namespace) -> list[Variant]:
    """What the command line wants measured, the reference first.

    Raises:
        UsageError: If options do not go together.
    """
    from fdp_mmaction.engine.benchmark.growth import parse_sweep
    from fdp_mmaction.engine.benchmark.variant import Variant, parse_changes
    heads = None if args.heads == ['all'] else tuple(args.heads)
    bases = [Variant(config, options=args.cfg_options, batch_size=args.batch_size, amp=args.amp,
                     channels_last=args.channels_last, compile=args.compile, heads=heads, me_frames=args.me_frames,
                     **{key: getattr(args, key) for key in ('fold_bn', 'pack', 'window', 'stride', 'video_frames')
                        if hasattr(args, key)})
             for config in args.configs]
    if sum((len(bases) > 1, bool(args.compare), bool(args.sweep))) > 1:
        raise UsageError('Several configs, --compare and --sweep do not go together: choose one of them.')
    if args.sweep:
        name, values = parse_sweep(args.sweep)
        changes = [{name: value} for value in values]
    else:
        changes = [parse_changes(words, '--compare') for words in args.compare]
    alien = {'window', 'stride', 'video_frames'} & {key for keys in changes for key in keys}
    if alien and args.part != 'stream':
        raise UsageError(f'{min(alien)} belongs to a video: tools/benchmark.py stream measures it.')
    return [*([] if args.sweep else bases), *(bases[0].changed(change) for change in changes)]


@contextmanager
def shown_progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on stderr that is drawn between steps only, so that it disturbs none."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    console = Console(stderr=True)
    bar = Progress(TextColumn('steps'), BarColumn(), MofNCompleteColumn(), TextColumn('{task.fields[name]}'),
                   console=console, auto_refresh=False, transient=True, disable=not console.is_terminal)
    task = bar.add_task('', total=None, name='')

    def show(done: int, total: int, name: str) -> None:
        bar.update(task, completed=done, total=total, name=name)
        bar.refresh()
    with bar:
        yield show


def run_steps(args: Namespace) -> None:
    """The commands ``train``, ``inference`` and ``stream``."""
    from fdp_mmaction.engine.benchmark.machine import find_device
    from fdp_mmaction.engine.benchmark.measure import Plan, measure
    from fdp_mmaction.engine.benchmark.tables import growth_line, machine_line, steps_table, stream_table
    args.heads = getattr(args, 'heads', ['all'])
    variants, device, out = variants_of(args), find_device(args.device), _folder(args, args.configs[0])
    if args.part == 'train' and device.type == 'cpu':
        keep_freed_memory()                                  # as KeepFreedMemoryHook of the configs

    def profile(workloads: Sequence[Any]) -> None:
        from fdp_mmaction.engine.benchmark.trace import profile_workload
        for work in workloads:
            sys.stdout.write(f'{work.variant.name}\n{profile_workload(work, device, out)}\n')
    with shown_progress() as show:
        result = measure(variants, Plan(args.part, device, args.repeats, args.warmup, args.threads), show,
                         profile if args.profile else None)
    table = stream_table if args.part == 'stream' else steps_table
    parts = [table(result), machine_line(result['environment'], result['peaks'], result['convolution_peaks'])]
    name = args.part + ('_compare' if len(variants) > 1 else '')
    if args.sweep:
        from fdp_mmaction.engine.benchmark.growth import describe_growth, draw_growth, parse_sweep
        from fdp_mmaction.visualization import save_figure
        what, values = parse_sweep(args.sweep)
        result['growth'], name = describe_growth(what, values, result['results']), f'{args.part}_{what}'
        parts.insert(1, growth_line(result['growth']))
        save_figure(draw_growth(result['growth'], result['results']), out / f'{name}.png')
    _finish(out, name, result, parts)


def run_data(args: Namespace) -> None:
    """The command ``data``."""
    from fdp_mmaction.engine.benchmark.loading import build_loader, measure_supply
    from fdp_mmaction.engine.benchmark.machine import describe_machine, find_device
    from fdp_mmaction.engine.benchmark.measure import Plan, measure, threads_of
    from fdp_mmaction.engine.benchmark.tables import machine_line, supply_table
    from fdp_mmaction.engine.benchmark.variant import Variant, read_variant
    variant = Variant(args.config, options=args.cfg_options, batch_size=args.batch_size, amp=args.amp,
                      channels_last=args.channels_last, compile=args.compile)
    device, cfg = find_device(args.device), read_variant(variant)
    numbers = args.workers or [cfg.train_dataloader.get('num_workers', 0)]
    rows: list[dict[str, Any]] = []
    with threads_of(args.threads), shown_progress() as show:
        for workers in numbers:
            loader = build_loader(cfg, workers, args.batch_size, args.data_root)
            done = iter(range(1, args.repeats + 1))
            rows.append(measure_supply(loader, workers, args.repeats, on_block=lambda workers=workers, done=done: show(
                next(done), args.repeats, f'{workers} workers')))
        result = dict(part='data', environment=describe_machine(device), config=args.config, repeats=args.repeats,
                      batch_size=loader.batch_size, results=rows)
        if args.model:
            steps = measure([variant], Plan('train', device, args.repeats, args.warmup), show)
            result['consumption'] = consumed = steps['results'][0]
            for row in rows:
                row['share'] = row['clips_per_second'] / consumed['clips_per_second']
    _finish(_folder(args, args.config), 'data', result, [supply_table(result), machine_line(result['environment'])])


def run_processes(args: Namespace) -> None:
    """The command ``processes``."""
    from fdp_mmaction.engine.benchmark.machine import find_device
    from fdp_mmaction.engine.benchmark.processes import measure_processes
    from fdp_mmaction.engine.benchmark.tables import machine_line, processes_table
    from fdp_mmaction.engine.benchmark.variant import Variant
    variant = Variant(args.config, options=args.cfg_options, batch_size=args.batch_size, amp=args.amp,
                      channels_last=args.channels_last, compile=args.compile)
    with shown_progress() as show:
        done = iter(range(len(args.processes)))
        result = measure_processes(variant, find_device(args.device), args.processes, args.repeats,
                                   threads=args.threads or 1, on_progress=lambda count: show(
                                       next(done), len(args.processes), f'{count} processes'))
    _finish(_folder(args, args.config), 'processes', result, [processes_table(result),
                                                              machine_line(result['environment'])])


def run_loso(args: Namespace) -> None:
    """The command ``loso``."""
    from fdp_mmaction.engine.benchmark.folds import fold_times
    from fdp_mmaction.engine.benchmark.tables import folds_table, machine_line
    from fdp_mmaction.engine.loso.results import read_run
    result = fold_times(read_run(args.folder))
    _finish(_folder(args, result['name']), 'loso', result, [folds_table(result), machine_line(result['environment'])])


def _folder(args: Namespace, config: str) -> Path:
    return args.out or Path('work_dirs', 'benchmark', Path(config).stem)


def _finish(out: Path, name: str, result: dict[str, Any], parts: Sequence[str]) -> None:
    from fdp_mmaction.engine.benchmark.report import write_result
    text = '\n\n'.join(parts)
    files = write_result(out, name, result, text)
    sys.stdout.write(f'{text}\n\n{", ".join(map(str, files))}\n')


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parse_args(argv)
    MMLogger.get_current_instance().setLevel('WARNING')      # what the host says about reading a config
    with user_errors(args.debug):
        args.run(args)


if __name__ == '__main__':
    main()
