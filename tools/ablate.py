"""Train several configs on the same folds and seeds, and write one table with intervals.

    python tools/prepare_data.py synthetic --out data/synthetic
    python tools/ablate.py configs/fdp_synthetic.py configs/ablations --folds 3 --seeds 0 1 2 --jobs 2
    python tools/ablate.py configs/fdp_synthetic.py configs/baselines --folds 4 --out work_dirs/baselines
    python tools/ablate.py configs/mol_synthetic.py configs/ablations_mol --folds 2 --out work_dirs/ablations_mol

Subjects are shared out to the folds, so each is left out exactly once for every config and seed; scores come from the
pooled predictions. The first config is what the others are compared with; results.json holds every metric, the table
the main ones. Finished trials are kept: a command that
was stopped goes on, and more seeds or configs can be added. Leaves <out>/results.json, results.md,
results.png and a confusion matrix of each.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
from mmengine.config import DictAction

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.launch import UsageError, user_errors
from fdp_mmaction.engine.loso.command import FoldStart
from fdp_mmaction.engine.loso.devices import Slot
from fdp_mmaction.engine.loso.local import LocalLauncher
from fdp_mmaction.engine.loso.schedule import run_folds
from fdp_mmaction.engine.trials import Trial, TrialJob, is_finished, pool_trials, subject_folds
from fdp_mmaction.errors import DatasetError


COLUMNS = {
    'dynamic_image/PSNR': ('dynamic image, dB', 2),
    'dynamic_image/SSIM': ('SSIM', 3),
    'rank/ordered_pairs': ('frame pairs in order', 3),
    'flow_exact/EPE': ('flow EPE (exact), px', 4),
    'flow_exact/EPE_zero': ('EPE of no motion', 4),
    'landmarks/NME': ('landmark NME', 4),
}
"""What the table shows beside the scores of the class, where any config measures it: heading and decimals."""


def parse_args() -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='+', help='config files, or folders of them')
    parser.add_argument('--data-root', default=os.environ.get('ME_SYNTHETIC_ROOT', 'data/synthetic'), metavar='DIR',
                        help='prepared folder (default: %(default)s)')
    parser.add_argument('--folds', type=int, default=0,
                        help='share the subjects out to so many folds (default: 0, one subject at a time)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='seeds of the training (default: 0)')
    parser.add_argument('--jobs', type=int, default=1, help='trainings side by side, one thread each (default: 1)')
    parser.add_argument('--out', default='work_dirs/ablations', metavar='DIR', help='folder (default: %(default)s)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE',
                        help='override settings of every config, for example train_cfg.max_epochs=5')
    parser.add_argument('--debug', action='store_true', help='show the whole traceback of an error')
    return parser.parse_args()


def find_configs(names: list[str]) -> list[str]:
    """Config files, with the files of folders in order of name; each once.

    Raises:
        UsageError: If a name is neither a file nor a folder with configs, or two configs share a name.
    """
    found: list[str] = []
    for name in names:
        path = Path(name)
        files = sorted(path.glob('*.py')) if path.is_dir() else [path]
        if not files or not all(file.is_file() for file in files):
            raise UsageError(f'{name} is neither a config file nor a folder with configs.')
        found += [str(file) for file in files if str(file) not in found]
    stems = [Path(name).stem for name in found]
    if len(set(stems)) < len(stems):
        raise UsageError('Two of the configs have the same file name; rename one, since results are kept by name.')
    return found


def subjects_of(data_root: str) -> list[str]:
    """Subjects of a prepared folder.

    Raises:
        DatasetError: If it is none.
    """
    path = Path(data_root, 'annotations.json')
    if not path.is_file():
        raise DatasetError(f'{path} does not exist: prepare the dataset first (python tools/prepare_data.py --help) or '
                           'set --data-root.')
    return sorted({record['subject'] for record in json.loads(path.read_text(encoding='utf-8'))['data_list']})


class Bar:
    """A progress bar over all trials."""

    def __init__(self, done: int, total: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        self.progress = Progress(TextColumn('trials'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                                 TextColumn('{task.fields[last]}'))
        self.task = self.progress.add_task('', total=total, completed=done, last='')

    def finished(self, job: TrialJob, result: Trial) -> None:
        """A trial is done."""
        self.progress.update(self.task, advance=1, last=str(job))

    def failed(self, job: TrialJob, again: bool) -> None:
        """A trial failed."""
        self.progress.update(self.task, last=f'{job} failed' + (', is tried again' if again else ''))

    def update(self, running: list[TrialJob], waiting: int) -> None:
        """The bar moves by itself."""


def run_all(trials: list[Trial], jobs: int) -> None:
    """Run what is not finished yet; what fails twice ends the run when the others are done."""
    missing = [TrialJob(trial) for trial in trials if not is_finished(trial)]
    if not missing:
        return
    bar = Bar(len(trials) - len(missing), len(trials))
    with bar.progress:
        outcome = run_folds(missing, LocalLauncher(FoldStart(), [Slot('here')] * jobs), bar)
    if outcome.signum is not None:
        sys.stderr.write('Stopped; the same command goes on.\n')
        raise SystemExit(128 + outcome.signum)
    if outcome.failed:
        failures = [f'{job.folder} ({(tail.splitlines() or ["no log"])[-1]}; see log.txt there)'
                    for job, tail in outcome.failed.items()]
        raise UsageError(f'{len(failures)} of {len(missing)} trials failed; call again to try them once more: '
                         + '; '.join(failures))


def table(results: dict[str, dict]) -> str:
    """Results as a Markdown table; of the other metrics those of :data:`COLUMNS`, a dash where a config has none."""
    others = {key: shown for key, shown in COLUMNS.items() if any(key in r['other'] for r in results.values())}
    heads = ['config', 'UF1', '95 % interval', 'UAR', 'ACC', *(heading for heading, _ in others.values())]
    lines = ['| ' + ' | '.join(heads) + ' |', '|' + '---|' * len(heads)]
    for name, result in results.items():
        cells = [f'{r["mean"]:.3f}' + (f' ± {r["sd"]:.3f}' if r['sd'] is not None else '')
                 for r in (result['UF1'], result['UAR'], result['ACC'])]
        cells.insert(1, f'{result["UF1"]["low"]:.3f} – {result["UF1"]["high"]:.3f}')
        cells += [f'{result["other"][key]:.{decimals}f}' if key in result['other'] else '–'
                  for key, (_, decimals) in others.items()]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    first = next(iter(results.values()))
    lines += ['', f'{first["num_mes"]} MEs of {first["num_subjects"]} subjects, each left out once for every seed '
              f'({", ".join(map(str, first["seeds"]))}); last checkpoint; ± is the standard deviation over seeds, the '
              'interval is drawn over subjects.']
    return '\n'.join(lines) + '\n'


def main() -> None:
    """Run, pool, write."""
    args = parse_args()
    with user_errors(args.debug):
        configs = find_configs(args.configs)
        folds = subject_folds(subjects_of(args.data_root), args.folds)
        trials = {Path(config).stem: [
            Trial(config, fold, seed, str(Path(args.out, Path(config).stem, f'seed{seed}', f'fold{index + 1:02d}')),
                  args.data_root, args.cfg_options)
            for seed in args.seeds for index, fold in enumerate(folds)] for config in configs}
        # Seed by seed, so that a run that is stopped has compared all configs
        by_seed = sorted((trial for group in trials.values() for trial in group), key=lambda trial: trial.seed)
        run_all(by_seed, args.jobs)
        results = {name: pool_trials(group) for name, group in trials.items()}
        out = Path(args.out)
        report = dict(data_root=args.data_root, folds=folds, results=results)
        write_text(out / 'results.json', json.dumps(report, indent=2) + '\n')
        write_text(out / 'results.md', table(results))
        from fdp_mmaction.visualization import draw_comparison, draw_confusion_matrix, save_figure
        save_figure(draw_comparison({name: result['UF1'] for name, result in results.items()}), out / 'results.png')
        for name, result in results.items():
            save_figure(draw_confusion_matrix(np.array(result['confusion_matrix']), result['classes'], name),
                        out / f'confusion_{name}.png')
        sys.stdout.write(table(results) + f'\n{out / "results.md"}, results.json, results.png, confusion_*.png\n')


if __name__ == '__main__':
    main()
