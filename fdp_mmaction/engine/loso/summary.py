"""All that a report says about a run, as plain data."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from fdp_mmaction.functional.paired_tests import Difference, paired_bootstrap

from .pooling import Pooled, pool_all, selections_of
from .results import LosoRun, fold_folder
from .select import COMPARE, OPTIMISTIC, TEST

WARNING = f'{TEST}: {OPTIMISTIC[0].lower()}{OPTIMISTIC[1:]}'


def summarise(run: LosoRun) -> dict[str, Any]:
    """Scores, counts and circumstances of a run, finished or not.

    Args:
        run (LosoRun): The run.

    Returns:
        dict: What ``report/results.json`` holds: ``name dataset protocol classes selection``; ``finished``,
        ``missing`` folds, ``notes`` and ``warnings`` in words; ``counted`` seeds, subjects and MEs; ``results`` by
        selection with ``scores``, ``confusion_matrix`` (summed over seeds), ``per_class``, ``per_subject``,
        ``per_dataset`` (of composites) and chosen ``epochs``; ``differences`` to ``last``, of a comparison; what
        else the tests of the last epoch ``measures``; ``folds``; ``duration`` in seconds; ``census subject_census
        environment identity config``.

    Raises:
        DatasetError: If no fold is done yet or folds contradict each other.
    """
    header = run.header
    selections = selections_of(run)
    pooled = pool_all(run)
    first = pooled[selections[0]]
    summary = dict(
        name=header.get('name', run.folder.name), dataset=header.get('dataset', ''),
        protocol=header.get('protocol', ''), classes=list(header['classes']), selection=header['selection'],
        finished=not run.missing,
        counted=dict(seeds=list(first.seeds), subjects=list(first.subjects), mes=first.num_mes),
        planned=dict(seeds=list(header['seeds']), subjects=len(header['subjects'])),
        missing=[dict(seed=seed, subject=subject,
                      folder=fold_folder('.', seed, subject).as_posix()) for seed, subject in run.missing],
        notes=_notes(run, first), warnings=_others(header) + [WARNING] * (TEST in selections),
        results={name: _result(run, votes) for name, votes in pooled.items()})
    if header['selection'] == COMPARE and len(first.subjects) > 1:
        summary['differences'] = {name: _differences(votes, first) for name, votes in pooled.items()
                                  if votes is not first}
    config = run.folder / 'config.py'
    return dict(
        summary, measures=_measures(run, first), folds=_folds(run), duration=_duration(run),
        census=header.get('census', {}), subject_census=header.get('subject_census', {}),
        environment=run_environment(run), identity=header.get('identity', {}),
        config=config.read_text(encoding='utf-8') if config.is_file() else '')


def run_environment(run: LosoRun) -> dict[str, Any]:
    """What the folds of a run were made with.

    Args:
        run (LosoRun): The run.

    Returns:
        dict: See :func:`~fdp_mmaction.engine.environment.environment`; where folds differ, the values with the number
        of folds. Where no fold kept it, as older ones, what the header says.
    """
    kept = [fold.environment for fold in run.folds]
    found = dict(run.header.get('environment') or {})
    if not any(kept):
        return found
    for name in dict.fromkeys([*found, *(name for one in kept for name in one)]):
        values = Counter(one.get(name, 'not known') for one in kept)
        found[name] = next(iter(values)) if len(values) == 1 else ' or '.join(
            f'{value} ({count} fold{"" if count == 1 else "s"})' for value, count in values.items())
    return found


def warnings_of(header: Mapping[str, Any], selection: str) -> list[str]:
    """What must be said with every number of a selection.

    Args:
        header (Mapping): Of the run.
        selection (str): How the epoch was chosen.

    Returns:
        list[str]: Sentences; none for an honest run.
    """
    return _others(header) + [OPTIMISTIC] * (selection == TEST)


def _others(header: Mapping[str, Any]) -> list[str]:
    """What the run warns of apart from the choice of the epoch."""
    return [text for text in header.get('warnings', ()) if text != OPTIMISTIC]


def _result(run: LosoRun, votes: Pooled) -> dict[str, Any]:
    parts = {name: votes.part(name) for name in votes.datasets} if len(votes.datasets) > 1 else {}
    return dict(
        warnings=warnings_of(run.header, votes.selection), **_scores(votes),
        per_class=votes.per_class(), per_subject=votes.per_subject(),
        per_dataset={name: dict(mes=part.num_mes, subjects=len(part.subjects), **_scores(part),
                                per_class=part.per_class()) for name, part in parts.items()},
        epochs=_epochs(run, votes))


def _scores(votes: Pooled) -> dict[str, Any]:
    return dict(scores={name: asdict(score) for name, score in votes.scores().items()},
                confusion_matrix=votes.matrices.sum(axis=(0, 1)).tolist())


def _epochs(run: LosoRun, votes: Pooled) -> dict[str, float]:
    chosen = [fold.epochs[votes.selection] for fold in run.folds
              if fold.seed in votes.seeds and fold.subject in votes.subjects and votes.selection in fold.epochs]
    return dict(first=min(chosen), median=statistics.median(chosen), last=max(chosen)) if chosen else {}


def _differences(votes: Pooled, reference: Pooled) -> dict[str, dict[str, float]]:
    def plain(found: Difference) -> dict[str, float]:
        return dict(difference=found.difference, low=found.low, high=found.high, p_value=found.p_value)
    return {name: plain(found) for name, found in paired_bootstrap(votes.matrices, reference.matrices).items()}


def _folds(run: LosoRun) -> list[dict[str, Any]]:
    return [dict(seed=fold.seed, subject=fold.subject, epochs=dict(fold.epochs), num_train=fold.num_train,
                 inner_subjects=list(fold.inner_subjects), seconds=dict(fold.seconds)) for fold in run.folds]


def _measures(run: LosoRun, votes: Pooled) -> dict[str, float]:
    """What else the tests of the counted folds measured, each fold with the weight of its MEs."""
    found: dict[str, list[tuple[float, int]]] = {}
    for fold in run.folds:
        if fold.seed in votes.seeds and fold.subject in votes.subjects:
            for name, value in fold.measures.items():
                found.setdefault(name, []).append((value, len(fold.predictions[votes.selection])))
    return {name: sum(value * count for value, count in pairs) / sum(count for _, count in pairs)
            for name, pairs in sorted(found.items())}


def _duration(run: LosoRun) -> dict[str, float]:
    """Seconds over all finished folds, where those that ran side by side count each; ``clock`` counts them once."""
    total = [fold.seconds['total'] for fold in run.folds if 'total' in fold.seconds]
    if not total:
        return {}
    found = dict(folds=len(total), total=sum(total), shortest=min(total), median=statistics.median(total),
                 longest=max(total))
    both = [(fold.seconds['total'], fold.seconds['training']) for fold in run.folds
            if {'total', 'training'} <= set(fold.seconds)]
    if both and sum(clock for clock, _ in both) > 0:
        found['outside_training'] = 1 - sum(steps for _, steps in both) / sum(clock for clock, _ in both)
    if all(fold.spans for fold in run.folds):
        found['clock'] = covered(span for fold in run.folds for span in fold.spans)
    return found


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Length of what spans of time cover, each moment counted once.

    Args:
        spans (Iterable[tuple[float, float]]): Begin and end of each, in seconds.

    Returns:
        float: Seconds.
    """
    total, until = 0.0, float('-inf')
    for begin, end in sorted(spans):
        total += max(end - max(begin, until), 0.0)
        until = max(until, end)
    return total


def _notes(run: LosoRun, votes: Pooled) -> list[str]:
    notes = []
    planned = len(run.header['seeds']) * len(run.header['subjects'])
    if run.missing:
        by_seed: dict[int, list[str]] = {}
        for seed, subject in run.missing:
            by_seed.setdefault(seed, []).append(subject)
        missing = '; '.join(f'seed {seed}: {", ".join(subjects)}' for seed, subjects in by_seed.items())
        notes.append(f'Not finished: {len(run.missing)} of {planned} folds are missing ({missing}). Scores count '
                     f'{"seed" if len(votes.seeds) == 1 else "seeds"} {", ".join(map(str, votes.seeds))} over '
                     f'{len(votes.subjects)} of {len(run.header["subjects"])} subjects.')
    support = votes.matrices[0].sum(axis=(0, 2))
    absent = [name for name, count in zip(votes.classes, support) if count == 0]
    if absent:
        notes.append(f'No ME counted here is of class {", ".join(absent)}, whose recall and F1 count as 0 in UAR and '
                     'UF1.')
    census = run.header.get('subject_census') or {}
    other = [f'{subject} ({row["mes"]} instead of {census[subject]})' for subject, row in votes.per_subject().items()
             if census.get(subject, row['mes']) != row['mes']]
    if other:
        notes.append(f'Not as many MEs were voted on as the dataset has: {", ".join(other)}.')
    if len(votes.subjects) == 1:
        notes.append('One subject alone gives no interval over subjects.')
    return notes
