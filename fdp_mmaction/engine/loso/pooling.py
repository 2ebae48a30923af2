"""The scores of a leave-one-subject-out run: votes of all folds in one confusion matrix per seed.

Folds are pooled first and scored after; the mean of the folds' own UF1 is another, wrong number, since most folds lack
classes. Scores of several seeds are averaged. An unfinished run is scored on what is done, see :func:`counted_folds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.intervals import class_bootstrap, subject_bootstrap
from fdp_mmaction.functional.metrics import METRIC_NAMES, confusion_matrix, per_class_scores, scores_from_confusion

from .results import RUN, LosoRun, Prediction
from .select import COMPARE, INNER, LAST, TEST

SCORED = (LAST, INNER, TEST)
"""Selections that a fold's votes are kept under; a comparison has them all."""


@dataclass(frozen=True)
class Score:
    """One score of a run.

    Args:
        mean (float): Over seeds, in [0, 1].
        sd (float | None): Standard deviation over seeds (n - 1); None with a single one.
        low (float | None): Lower end of the 95 % interval over subjects; None with a single subject.
        high (float | None): Upper end.
        runs (tuple[float, ...]): Of each seed.
    """

    mean: float
    sd: float | None
    low: float | None
    high: float | None
    runs: tuple[float, ...]


@dataclass(frozen=True)
class Pooled:
    """The counted votes of a run for one way of choosing the epoch.

    Args:
        selection (str): One of :data:`SCORED`.
        dataset (str | None): The only dataset that is counted; None for all.
        classes (tuple[str, ...]): K class names.
        seeds (tuple[int, ...]): R seeds.
        subjects (tuple[str, ...]): S left-out subjects with an ME that is counted.
        votes (tuple[tuple[tuple[Prediction, ...], ...], ...]): By seed and subject, in order of the sample id.
    """

    selection: str
    dataset: str | None
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    subjects: tuple[str, ...]
    votes: tuple[tuple[tuple[Prediction, ...], ...], ...]

    @property
    def matrices(self) -> np.ndarray:
        """``(R, S, K, K)`` confusion matrix of every seed and subject, rows are true classes."""
        return np.stack([[confusion_matrix([vote.label for vote in votes], [vote.prediction for vote in votes],
                                           len(self.classes)) for votes in run] for run in self.votes])

    @property
    def num_mes(self) -> int:
        """MEs that are counted, each once."""
        return sum(map(len, self.votes[0]))

    @property
    def datasets(self) -> list[str]:
        """Datasets of the MEs, sorted; several for a composite."""
        return sorted({vote.dataset for fold in self.votes[0] for vote in fold})

    def part(self, dataset: str) -> Pooled:
        """The votes for the MEs of one dataset of a composite alone.

        Args:
            dataset (str): One of :attr:`datasets`.

        Returns:
            Pooled: Without the subjects of others.

        Raises:
            DatasetError: If no ME counted is of that dataset.
        """
        votes = [[tuple(vote for vote in fold if vote.dataset == dataset) for fold in run] for run in self.votes]
        kept = [column for column, fold in enumerate(votes[0]) if fold]
        if not kept:
            raise DatasetError(f'No ME of {dataset} was voted on; there are votes for {", ".join(self.datasets)}.')
        return replace(self, dataset=dataset, subjects=tuple(self.subjects[column] for column in kept),
                       votes=tuple(tuple(run[column] for column in kept) for run in votes))

    def by_sample(self) -> list[tuple[Prediction, ...]]:
        """The R votes of every ME, in order of subject and sample id."""
        return [votes for subject in zip(*self.votes) for votes in zip(*subject)]

    def scores(self, intervals: bool = True) -> dict[str, Score]:
        """ACC, WAR, UAR, WF1 and UF1.

        Args:
            intervals (bool): Draw the 95 % intervals, which takes a moment. Defaults to True.

        Returns:
            dict[str, Score]: For each of :data:`~fdp_mmaction.functional.metrics.METRIC_NAMES`.
        """
        matrices = self.matrices
        runs = [scores_from_confusion(matrix) for matrix in matrices.sum(axis=1)]
        drawn = subject_bootstrap(matrices) if intervals and len(self.subjects) > 1 else {}
        return {name: _score([run[name] for run in runs], *drawn.get(name, (None, None))) for name in METRIC_NAMES}

    def per_class(self) -> dict[str, dict[str, float | int | None]]:
        """``support`` (MEs), ``precision``, ``recall`` and ``f1`` of each class, averaged over seeds.

        ``f1_low`` and ``f1_high`` are the 95 % interval over subjects, None with a single subject.
        """
        matrices = self.matrices
        found = [per_class_scores(matrix) for matrix in matrices.sum(axis=1)]
        drawn = class_bootstrap(matrices) if len(self.subjects) > 1 else [(None, None)] * len(self.classes)
        return {name: dict(support=int(found[0]['support'][k]),
                           **{key: float(np.mean([run[key][k] for run in found]))
                              for key in ('precision', 'recall', 'f1')}, f1_low=drawn[k][0], f1_high=drawn[k][1])
                for k, name in enumerate(self.classes)}

    def per_subject(self) -> dict[str, dict[str, float | int | str]]:
        """``dataset``, ``mes``, ``correct`` (averaged over seeds) and ``ACC`` of each subject.

        One person shows few classes, so no more is said about one.
        """
        table = {}
        for column, subject in enumerate(self.subjects):
            votes = [run[column] for run in self.votes]
            correct = float(np.mean([sum(vote.label == vote.prediction for vote in run) for run in votes]))
            table[subject] = dict(dataset=votes[0][0].dataset, mes=len(votes[0]), correct=correct,
                                  ACC=correct / len(votes[0]))
        return table


def selections_of(run: LosoRun) -> tuple[str, ...]:
    """Ways of choosing the epoch that a run was asked for: one, or all of a comparison.

    Raises:
        DatasetError: If the run names none that exists.
    """
    selection = run.header.get('selection')
    if selection == COMPARE:
        return SCORED
    if selection not in SCORED:
        raise DatasetError(f'{run.folder} was run with the selection {selection!r}, which is none of '
                           f'{", ".join(SCORED)} or {COMPARE}: start over with --fresh.')
    return (selection,)


def counted_folds(run: LosoRun) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Seeds and subjects that are scored: in every counted seed the same subjects, so that seeds can be averaged.

    Seeds whose folds are all done count. Before the first of them is, it is those seeds, over the subjects done in all
    of them, that use the most folds.

    Args:
        run (LosoRun): Finished or not.

    Returns:
        tuple[tuple[int, ...], tuple[str, ...]]: In the order of the run.

    Raises:
        DatasetError: If no fold is done yet.
    """
    if not run.folds:
        raise DatasetError(f'{run.folder} has no finished fold yet: let tools/loso.py finish at least one.')
    done = {seed: {fold.subject for fold in run.folds if fold.seed == seed} for seed in run.header['seeds']}
    wanted = set(run.header['subjects'])
    best = [seed for seed in done if done[seed] == wanted]
    if not best:
        ranked = sorted((seed for seed in done if done[seed]), key=lambda seed: -len(done[seed]))
        choices = [ranked[:count] for count in range(1, len(ranked) + 1)]
        best = max(choices, key=lambda seeds: len(seeds) * len(set.intersection(*(done[seed] for seed in seeds))))
    subjects = set.intersection(*(done[seed] for seed in best))
    return (tuple(seed for seed in run.header['seeds'] if seed in best),
            tuple(subject for subject in run.header['subjects'] if subject in subjects))


def pool(run: LosoRun, selection: str | None = None) -> Pooled:
    """Gather the votes that count.

    Args:
        run (LosoRun): Finished or not.
        selection (str, optional): One of :data:`SCORED`. Defaults to None: the run's, of a comparison ``last``.

    Returns:
        Pooled: The votes.

    Raises:
        DatasetError: If no fold is done yet, a fold lacks the selection, an ME is voted on twice or has a class that
            is none of the run's, seeds tested different MEs, or the header is damaged.
    """
    selection = selection or selections_of(run)[0]
    seeds, subjects = counted_folds(run)
    classes = tuple(run.header.get('classes') or ())
    if not classes:
        raise DatasetError(f'{run.folder / RUN} names no classes: start over with --fresh.')
    folds = {(fold.seed, fold.subject): fold for fold in run.folds}
    votes: list[list[tuple[Prediction, ...]]] = []
    for seed in seeds:
        votes.append([])
        for subject in subjects:
            found = folds[seed, subject].predictions.get(selection)
            if not found:
                raise DatasetError(f'Fold {subject} of seed {seed} in {run.folder} has no votes of the selection '
                                   f'{selection}: choose another one or run again with --select {selection} or '
                                   f'{COMPARE}.')
            votes[-1].append(tuple(sorted(found, key=lambda vote: vote.sample_id)))
    _check_classes(run, selection, len(classes))
    _check(run, seeds, subjects, votes)
    return Pooled(selection, None, classes, seeds, subjects, tuple(map(tuple, votes)))


def pool_all(run: LosoRun) -> dict[str, Pooled]:
    """Gather the votes of every selection the run was asked for.

    Args:
        run (LosoRun): Finished or not.

    Returns:
        dict[str, Pooled]: By selection.
    """
    return {selection: pool(run, selection) for selection in selections_of(run)}


def _score(runs: Sequence[float], low: float | None = None, high: float | None = None) -> Score:
    sd = float(np.std(runs, ddof=1)) if len(runs) > 1 else None
    return Score(float(np.mean(runs)), sd, low, high, tuple(runs))


def _check(run: LosoRun, seeds: Sequence[int], subjects: Sequence[str], votes: Sequence[Sequence[Sequence[Prediction]]]
           ) -> None:
    owner: dict[str, str] = {}
    for subject, fold in zip(subjects, votes[0]):
        for vote in fold:
            if vote.sample_id in owner:
                raise DatasetError(f'{vote.sample_id} was voted on twice in {run.folder}, in the folds of '
                                   f'{owner[vote.sample_id]} and {subject}: start over with --fresh.')
            owner[vote.sample_id] = subject
            if vote.subject != subject:
                raise DatasetError(f'{vote.sample_id} of subject {vote.subject} lies in the fold of {subject} in '
                                   f'{run.folder}: start over with --fresh.')
    for seed, folds in zip(seeds, votes):
        for subject, fold, first in zip(subjects, folds, votes[0]):
            if [(vote.sample_id, vote.label) for vote in fold] != [(vote.sample_id, vote.label) for vote in first]:
                raise DatasetError(f'Fold {subject} of seed {seed} in {run.folder} tested other MEs or labels than '
                                   f'seed {seeds[0]}: start over with --fresh.')


def _check_classes(run: LosoRun, selection: str, num_classes: int) -> None:
    for fold in run.folds:
        for vote in fold.predictions.get(selection, ()):
            if not (0 <= vote.label < num_classes and 0 <= vote.prediction < num_classes):
                raise DatasetError(f'{vote.sample_id} in {run.folder} has class {vote.label} and the vote '
                                   f'{vote.prediction}, but there are {num_classes} classes: start over with --fresh.')
            if len(vote.scores) != num_classes:
                raise DatasetError(f'{vote.sample_id} in {run.folder} has {len(vote.scores)} scores for {num_classes} '
                                   'classes: start over with --fresh.')
