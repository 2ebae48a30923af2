"""Trials: one config trained and tested on one fold with one seed; and the pooled result of many."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.launch import load_config
from fdp_mmaction.engine.loso.fold import FoldSpec, train_fold
from fdp_mmaction.engine.loso.fold_config import CHECKPOINTS, leaves, read_run_config
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.intervals import subject_bootstrap
from fdp_mmaction.functional.metrics import confusion_matrix, scores_from_confusion


@dataclass(frozen=True)
class Trial:
    """One training and test.

    Args:
        config (str): Config file.
        left_out (tuple[str, ...]): Subjects that are tested on and never trained on.
        seed (int): Of weights, order and augmentation.
        work_dir (str): Folder of this trial alone.
        data_root (str, optional): Prepared folder; None takes the config's. Defaults to None.
        options (dict): Overrides of the config, as ``--cfg-options``. Defaults to none.
    """

    config: str
    left_out: tuple[str, ...]
    seed: int
    work_dir: str
    data_root: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The config's name without folder and ending."""
        return Path(self.config).stem


def subject_folds(subjects: Sequence[str], num_folds: int) -> list[tuple[str, ...]]:
    """Share subjects out to folds, so that each is left out exactly once.

    Args:
        subjects (Sequence[str]): All subjects.
        num_folds (int): Number of folds; 0 or the number of subjects leaves one subject out at a time.

    Returns:
        list[tuple[str, ...]]: Subjects of each fold, sorted; sizes differ by at most one.

    Raises:
        DatasetError: If there are more folds than subjects.
    """
    subjects = sorted(set(subjects))
    num_folds = num_folds or len(subjects)
    if not 2 <= num_folds <= len(subjects):
        raise DatasetError(f'{len(subjects)} subjects cannot be shared out to {num_folds} folds: choose 2 to '
                           f'{len(subjects)}, or 0 for one subject at a time.')
    return [tuple(subjects[k::num_folds]) for k in range(num_folds)]


def trial_config(trial: Trial) -> Config:
    """The config of a trial before anybody is left out, with its data and options."""
    options = dict(trial.options)
    cfg = read_run_config(trial.config)
    if trial.data_root is not None:
        for loader in (cfg.train_dataloader, cfg.test_dataloader):
            for leaf in leaves(loader.dataset):
                leaf.data_root = trial.data_root
    cfg.merge_from_dict(options)
    return cfg


def is_finished(trial: Trial) -> bool:
    """Whether the trial has been run to its end before, with the same settings.

    Raises:
        DatasetError: If the folder holds a finished trial of other settings.
    """
    marker = Path(trial.work_dir, 'trial.json')
    if not marker.is_file():
        return False
    if json.loads(marker.read_text(encoding='utf-8')) != _identity(trial):
        raise DatasetError(f'{marker} belongs to a trial of other settings: choose another output folder or delete '
                           'this one.')
    return True


def _identity(trial: Trial) -> dict:
    cfg = load_config(trial.config)
    return json.loads(json.dumps(dict(asdict(trial), work_dir=None, text=cfg.pretty_text)))


def run_trial(trial: Trial, started: float | None = None) -> None:
    """Train and test, or go on with it; does nothing for a trial that was finished before.

    Args:
        trial (Trial): The trial.
        started (float, optional): ``time.time()`` when the process began. Defaults to None: now.

    Raises:
        DatasetError: If the folder holds a finished trial of other settings, or the data is not what it must be.
    """
    if is_finished(trial):
        return
    folder, begun = Path(trial.work_dir), Path(trial.work_dir, 'begun.json')
    identity = json.dumps(_identity(trial), indent=2) + '\n'
    if not begun.is_file() or begun.read_text(encoding='utf-8') != identity:      # checkpoints of other settings
        for path in folder.glob(CHECKPOINTS):
            path.unlink()
        write_text(begun, identity)
    spec = FoldSpec('+'.join(trial.left_out), trial.left_out, trial.seed, report=True)
    train_fold(trial_config(trial), folder, spec, started=started)
    write_text(folder / 'trial.json', identity)
    begun.unlink()


@dataclass(frozen=True, eq=False)      # options cannot be hashed
class TrialJob:
    """A trial for the scheduler of leave-one-subject-out runs."""

    trial: Trial

    def __str__(self) -> str:
        return f'{self.trial.name} without {", ".join(self.trial.left_out)}, seed {self.trial.seed}'

    @property
    def folder(self) -> Path:
        """Its work directory."""
        return Path(self.trial.work_dir)

    def result(self) -> Trial | None:
        """The trial, if it is finished."""
        return self.trial if is_finished(self.trial) else None

    def run(self, started: float, keep: str) -> None:
        """Run it in this process; the last checkpoint stays."""
        run_trial(self.trial, started)


def read_trial(trial: Trial) -> tuple[dict, dict[str, np.ndarray]]:
    """What a finished trial reported.

    Returns:
        tuple[dict, dict[str, np.ndarray]]: ``metrics.json``, and the confusion matrix ``(K, K)`` of every left-out
        subject.
    """
    folder = Path(trial.work_dir, 'report')
    report = json.loads((folder / 'metrics.json').read_text(encoding='utf-8'))
    classes = report['classes']
    pairs: dict[str, list[tuple[int, int]]] = {subject: [] for subject in trial.left_out}
    with open(folder / 'predictions.csv', newline='', encoding='utf-8') as file:
        for row in csv.DictReader(file):
            pairs[row['subject']].append((classes.index(row['label']), classes.index(row['prediction'])))
    return report, {subject: confusion_matrix([a for a, _ in votes], [b for _, b in votes], len(classes))
                    for subject, votes in pairs.items()}


def pool_trials(trials: Sequence[Trial]) -> dict[str, Any]:
    """Pooled result of one config's finished trials.

    Args:
        trials (Sequence[Trial]): Every fold with every seed.

    Returns:
        dict: ``config``, ``classes``, ``seeds``, ``num_mes`` and ``num_subjects``; ``UF1 UAR ACC`` as ``mean``, ``sd``
        (over seeds), ``low`` and ``high`` (95 % over subjects) and ``runs``; ``confusion_matrix`` summed over seeds;
        and ``other``: means of what else the tests measured, such as the dynamic image's PSNR.
    """
    seeds = sorted({trial.seed for trial in trials})
    per_seed: dict[int, dict[str, np.ndarray]] = {seed: {} for seed in seeds}
    other: dict[str, list[tuple[float, int]]] = {}
    for trial in trials:
        report, matrices = read_trial(trial)
        per_seed[trial.seed].update(matrices)
        for name, value in report['metrics'].items():
            if not name.startswith('me/'):
                other.setdefault(name, []).append((value, report['num_mes']))
    subjects = sorted(per_seed[seeds[0]])
    matrices = np.stack([[per_seed[seed][subject] for subject in subjects] for seed in seeds])       # (R, S, K, K)
    runs = [scores_from_confusion(matrix) for matrix in matrices.sum(axis=1)]
    interval = subject_bootstrap(matrices)
    result: dict[str, Any] = dict(config=trials[0].config, classes=report['classes'], seeds=seeds,
                                  num_subjects=len(subjects), num_mes=int(matrices[0].sum()),
                                  confusion_matrix=matrices.sum(axis=(0, 1)).tolist())
    for name in ('UF1', 'UAR', 'ACC'):
        values = [run[name] for run in runs]
        result[name] = dict(mean=float(np.mean(values)), sd=float(np.std(values, ddof=1)) if len(values) > 1 else None,
                            low=interval[name][0], high=interval[name][1], runs=values)
    result['other'] = {name: float(np.average([v for v, _ in pairs], weights=[n for _, n in pairs]))
                       for name, pairs in sorted(other.items())}
    return result
