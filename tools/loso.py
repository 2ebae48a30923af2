"""Leave one subject out at a time: train and test every fold, pool the votes, write the report.

    python tools/loso.py configs/fdp_casme2.py                         # every subject once; call again to go on
    python tools/loso.py configs/fdp_casme2.py --jobs-per-device 4 --seeds 0 1 2
    python tools/loso.py configs/fdp_casme2.py --select inner-val
    python tools/loso.py report work_dirs/loso/fdp_casme2              # the report again, without training
    python tools/loso.py compare work_dirs/loso/A work_dirs/loso/B     # paired tests

A run that was stopped or killed goes on when the same command is given again, with the same result. docs/loso.md says
more.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import DictAction
from mmengine.logging import MMLogger

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.launch import user_errors
from fdp_mmaction.engine.loso.plan import Settings
from fdp_mmaction.engine.loso.results import read_run
from fdp_mmaction.engine.loso.run import LAUNCHERS, Execution, run_loso
from fdp_mmaction.engine.loso.schedule import Outcome
from fdp_mmaction.engine.loso.select import LAST, SELECTIONS


def run_parser() -> ArgumentParser:
    """Options of a run."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file, for example configs/fdp_casme2.py')
    parser.add_argument('--out', type=Path, metavar='DIR',
                        help='folder of the run (default: work_dirs/loso/<config>, with the selection unless it is '
                        'last)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='repeat with each seed (default: 0)')
    parser.add_argument('--select', choices=SELECTIONS, default=LAST,
                        help='epoch that counts: the last (default); the best on training subjects held out; the best '
                        'on the left-out subject, which is optimistic; or all three of the same trainings')
    parser.add_argument('--inner-share', type=float, default=0.2, metavar='PART',
                        help='part of the training subjects held out by inner-val and compare (default: 0.2)')
    parser.add_argument('--released-folds', action='store_true',
                        help="leave out the subjects that the protocol's published code leaves out")
    parser.add_argument('--allow-test-statistics', action='store_true',
                        help='let the config compute statistics on the test part, as the released codes do; results '
                        'carry a warning')
    parser.add_argument('--subjects', nargs='+', default=[], metavar='SUBJECT', help='run these folds alone for now')
    parser.add_argument('--fresh', action='store_true', help='delete an earlier run in the folder and start over')
    parser.add_argument('--jobs-per-device', type=int, default=1, metavar='N',
                        help='folds side by side on each device (default: 1)')
    parser.add_argument('--devices', nargs='+', default=[], metavar='DEVICE',
                        help='cuda:0 cuda:1 ..., or cpu (default: all GPUs, or else the CPU)')
    parser.add_argument('--gpus-per-fold', type=int, default=1, metavar='N',
                        help='processes that train one fold together, each with the batch size of the config '
                        '(default: 1)')
    parser.add_argument('--threads', type=int, metavar='N',
                        help='threads of each process; another number rounds otherwise, so results differ a little '
                        '(default: the cores, shared out; 1 with ray and slurm)')
    parser.add_argument('--keep-checkpoints', choices=('last', 'all', 'none'), default='last',
                        help='of finished folds (default: the last, and the one chosen by inner-val)')
    parser.add_argument('--launcher', choices=LAUNCHERS, default='local', help='where folds run (default: local)')
    parser.add_argument('--ray-address', metavar='ADDRESS', help='of a Ray cluster (default: RAY_ADDRESS)')
    parser.add_argument('--slurm', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE',
                        help='parameters of submitit, for example slurm_partition=gpu timeout_min=600')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE',
                        help='override settings of the config, for example train_cfg.max_epochs=5')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser


def run(args: Namespace) -> int:
    """Run the folds and write the report; the exit code."""
    name = Path(args.config).stem + ('' if args.select == LAST else f'_{args.select}')
    out = args.out or Path('work_dirs/loso', name)
    settings = Settings(args.config, out, tuple(args.seeds), args.cfg_options, args.select, args.inner_share,
                        args.released_folds, args.gpus_per_fold, args.allow_test_statistics)
    execution = Execution(args.launcher, tuple(args.devices), args.jobs_per_device, args.threads,
                          args.keep_checkpoints, args.ray_address, args.slurm)
    outcome = run_loso(settings, execution, args.fresh, args.subjects)
    code = tell(outcome, out)
    if outcome.signum is None and not outcome.failed:
        from fdp_mmaction.engine.loso.report import write_report
        for warning in read_run(out).header['warnings']:
            sys.stdout.write(f'WARNING: {warning}\n')
        sys.stdout.write(f'Report: {write_report(read_run(out))}\n')
    return code


def tell(outcome: Outcome, out: Path) -> int:
    """Say what is not done, and why; the exit code."""
    missing = read_run(out).missing
    if outcome.signum is not None:
        sys.stderr.write(f'Stopped. {len(missing)} folds of {out} are missing; the same command goes on.\n')
        return 128 + outcome.signum
    for job, tail in outcome.failed.items():
        sys.stderr.write(f'{job}, failed twice; the end of its log:\n'
                         + ''.join(f'    {line}\n' for line in tail.splitlines()))
    if outcome.failed:
        sys.stderr.write(f'error: {len(outcome.failed)} folds failed; the same command tries them again, and '
                         f'tools/loso.py report {out} reports the others.\n')
        return 1
    return 0


def report(words: Sequence[str]) -> int:
    """Write the report of a run again."""
    parser = ArgumentParser(prog='loso.py report', description='Write the report of a run, finished or not, again.')
    parser.add_argument('out', type=Path, help='folder of the run')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    args = parser.parse_args(words)
    with user_errors(args.debug):
        from fdp_mmaction.engine.loso.report import write_report
        sys.stdout.write(f'Report: {write_report(read_run(args.out))}\n')
    return 0


def compare(words: Sequence[str]) -> int:
    """Compare two runs."""
    parser = ArgumentParser(prog='loso.py compare', description='Paired tests of two runs on the same MEs.')
    parser.add_argument('a', type=Path, help='folder of a run')
    parser.add_argument('b', type=Path, help='folder of another')
    parser.add_argument('--selections', nargs=2, choices=SELECTIONS[:3], default=(None, None), metavar=('A', 'B'),
                        help=f'epochs to compare: {", ".join(SELECTIONS[:3])}; all are in runs of --select compare '
                        '(default: as each run was asked to, last of those)')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    args = parser.parse_args(words)
    with user_errors(args.debug):
        from fdp_mmaction.engine.loso.compare import compare_runs
        sys.stdout.write(compare_runs(read_run(args.a), read_run(args.b), *args.selections).markdown())
    return 0


def main() -> int:
    """Run, report or compare."""
    words = sys.argv[1:]
    if words[:1] == ['report']:
        return report(words[1:])
    if words[:1] == ['compare']:
        return compare(words[1:])
    args = run_parser().parse_args(words)
    MMLogger.get_current_instance().setLevel('WARNING')      # what the host says about reading a config
    with user_errors(args.debug):
        return run(args)


if __name__ == '__main__':
    sys.exit(main())
