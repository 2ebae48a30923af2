"""What a leave-one-subject-out (LOSO) run leaves on disk, and how it is read back.

::

    <out>/loso.json                      the run: identity, classes, protocol, seeds, selection, folds, environment
    <out>/config.py                      the config in full
    <out>/folds/seed0/sub01/             work directory of one fold; a ``/`` in a subject becomes ``__``
        log.txt  *.pth  ...              of the training
        history.json                     losses and validation scores by epoch
        fold.json                        written last, whole or not at all: the fold is done
    <out>/report/                        pooled scores, tables, figures; made from the above alone
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fdp_mmaction.atomic import write_text
from fdp_mmaction.errors import DatasetError

RUN, FOLD, HISTORY, FOLDS, REPORT = 'loso.json', 'fold.json', 'history.json', 'folds', 'report'


@dataclass(frozen=True)
class Prediction:
    """The vote for one ME.

    Args:
        sample_id (str): For example ``casme2/sub01/EP02_01f``.
        dataset (str): Dataset, for composites.
        subject (str): Left-out subject it belongs to.
        label (int): True class.
        prediction (int): Predicted class.
        scores (tuple[float, ...]): ``(K,)`` class scores, averaged over the clips of the ME.
    """

    sample_id: str
    dataset: str
    subject: str
    label: int
    prediction: int
    scores: tuple[float, ...]


@dataclass(frozen=True)
class FoldResult:
    """One finished fold.

    Args:
        subject (str): Left-out subject.
        seed (int): Of the training.
        predictions (Mapping[str, tuple[Prediction, ...]]): By selection: ``last``, ``inner-val``, ``best-on-test``;
            at least the one the run asked for.
        epochs (Mapping[str, int]): Epoch that each selection chose.
        num_train (int): MEs trained on.
        inner_subjects (tuple[str, ...]): Training subjects held out to choose the epoch. Defaults to none.
        seconds (Mapping[str, float]): ``total`` by the clock and ``training`` inside training steps. Defaults to none.
        measures (Mapping[str, float]): What else the test of the last epoch measured, such as the dynamic image's PSNR.
            Defaults to none.
        history (Sequence[Mapping[str, float]]): Per epoch: ``epoch``, losses, validation scores. Defaults to none.
        folder (Path | None): Work directory. Defaults to None.
        environment (Mapping[str, Any]): Of its last attempt, see
            :func:`~fdp_mmaction.engine.environment.environment`. Defaults to none: not kept.
        spans (Sequence[tuple[float, float]]): Begin and end of every attempt that it was made in, in seconds of
            ``time.time()``; of one that was cut off, up to its last checkpoint. Defaults to none: not kept.
    """

    subject: str
    seed: int
    predictions: Mapping[str, tuple[Prediction, ...]]
    epochs: Mapping[str, int]
    num_train: int
    inner_subjects: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    history: Sequence[Mapping[str, float]] = ()
    folder: Path | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    spans: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class LosoRun:
    """A run, as far as it is done.

    Args:
        folder (Path): Where it lies.
        header (Mapping[str, Any]): ``loso.json``: ``name`` (of the config), ``dataset``, ``protocol``, ``classes``,
            ``selection``, ``seeds``, ``subjects``, ``census``, ``environment``, ``identity``.
        folds (tuple[FoldResult, ...]): Finished folds, by seed and subject.
    """

    folder: Path
    header: Mapping[str, Any]
    folds: tuple[FoldResult, ...]

    @property
    def missing(self) -> list[tuple[int, str]]:
        """Seed and subject of folds that are not done."""
        done = {(fold.seed, fold.subject) for fold in self.folds}
        return [(seed, subject) for seed in self.header['seeds'] for subject in self.header['subjects']
                if (seed, subject) not in done]


def fold_folder(out: str | Path, seed: int, subject: str) -> Path:
    """Work directory of a fold."""
    return Path(out, FOLDS, f'seed{seed}', subject.replace('/', '__'))


def write_fold(folder: Path, fold: FoldResult) -> None:
    """Write ``fold.json``, which marks the fold as done; the history goes to a file of its own before."""
    write_text(folder / HISTORY, json.dumps(list(fold.history)) + '\n')
    content = asdict(fold)
    del content['history'], content['folder']
    write_text(folder / FOLD, json.dumps(content) + '\n')


def read_fold(folder: Path) -> FoldResult | None:
    """A finished fold.

    Args:
        folder (Path): Its work directory.

    Returns:
        FoldResult | None: None if it is not done.

    Raises:
        DatasetError: If ``fold.json`` is damaged.
    """
    path = folder / FOLD
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        predictions = {name: tuple(Prediction(**{**vote, 'scores': tuple(vote['scores'])}) for vote in votes)
                       for name, votes in content.pop('predictions').items()}
        history = json.loads((folder / HISTORY).read_text(encoding='utf-8')) if (folder / HISTORY).is_file() else []
        content['inner_subjects'] = tuple(content['inner_subjects'])
        content['spans'] = tuple((begin, end) for begin, end in content.get('spans', ()))
        return FoldResult(predictions=predictions, history=history, folder=folder, **content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f'{path} is damaged ({error!r}): delete it, and the fold is run again.') from None


def read_run(out: str | Path) -> LosoRun:
    """A run and its finished folds.

    Args:
        out (str | Path): The run's folder.

    Returns:
        LosoRun: In order of seed and subject.

    Raises:
        DatasetError: If the folder holds no run, or a file is damaged.
    """
    out = Path(out)
    try:
        header = json.loads((out / RUN).read_text(encoding='utf-8'))
        folders = [fold_folder(out, seed, subject) for seed in header['seeds'] for subject in header['subjects']]
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetError(f'{out} holds no leave-one-subject-out run ({RUN} is missing): give the folder that '
                           'tools/loso.py wrote.') from None
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f'{out / RUN} is damaged ({error!r}): start over with --fresh.') from None
    folds = (read_fold(folder) for folder in folders)
    return LosoRun(out, header, tuple(fold for fold in folds if fold is not None))
