"""The report of a leave-one-subject-out run: made from what lies in its folder, at any time, without training.

::

    report/results.json      all of it, see summary.py
    report/results.md        for people
    report/results.csv       every score in one long table
    report/results.tex       rows for a table
    report/predictions.csv   one row per vote: sample id, selection, seed, true and predicted class, scores
    report/predictions.jsonl the same
    report/*.png             confusion matrices, subjects, training curves, worst mistakes
    MODEL_CARD.md            what the models of the folds are, see fdp_mmaction.engine.publishing
"""

from __future__ import annotations

import csv
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from fdp_mmaction.atomic import replacing, write_text

from .pooling import pool_all, selections_of
from .report_figures import PATTERNS, draw_report
from .report_text import csv_rows, latex, markdown
from .results import REPORT, LosoRun
from .summary import summarise, warnings_of


def write_report(run: LosoRun, figures: bool = True) -> Path:
    """Write the report of a run, finished or not.

    Args:
        run (LosoRun): From :func:`~fdp_mmaction.engine.loso.results.read_run`.
        figures (bool): Draw pictures too. Defaults to True.

    Returns:
        Path: Its folder, ``<out>/report``. Each file appears whole or not at all.

    Raises:
        DatasetError: If no fold is done yet or folds contradict each other.
    """
    summary = summarise(run)
    folder = run.folder / REPORT
    names, notes = draw_report(run, pool_all(run), summary, folder) if figures else ([], [])
    for old in {path for pattern in PATTERNS for path in folder.glob(pattern)} - {folder / name for name in names}:
        old.unlink()
    rows = vote_rows(run)
    _write_csv(folder / 'predictions.csv', _flat(rows, summary['classes']))
    write_text(folder / 'predictions.jsonl', ''.join(json.dumps(_finite(row)) + '\n' for row in rows))
    _write_csv(folder / 'results.csv', csv_rows(summary))
    write_text(folder / 'results.tex', latex(summary))
    write_text(folder / 'results.md', markdown(summary, names, notes))
    write_text(folder / 'results.json', json.dumps(dict(summary, figures=names, figure_notes=notes), indent=2) + '\n')
    try:
        from fdp_mmaction.engine.publishing.loso_card import write_run_card
        write_run_card(run, summary)
    except Exception as error:      # the report of days of training must not end with an error for the sake of its card
        print_log(f'No model card of {run.folder}: {type(error).__name__}: {error}', 'current', logging.WARNING)
    return folder


def vote_rows(run: LosoRun) -> list[dict[str, Any]]:
    """Every vote of every finished fold.

    Args:
        run (LosoRun): The run.

    Returns:
        list[dict]: ``sample_id dataset subject selection seed label prediction correct scores warning``, classes by
        name; in order of selection, seed, subject and sample id. The warning is empty for an honest run.
    """
    classes = run.header['classes']
    return [dict(sample_id=vote.sample_id, dataset=vote.dataset, subject=vote.subject, selection=selection,
                 seed=fold.seed, label=classes[vote.label], prediction=classes[vote.prediction],
                 correct=vote.label == vote.prediction, scores=list(vote.scores),
                 warning=' '.join(warnings_of(run.header, selection)))
            for selection in selections_of(run) for fold in run.folds
            for vote in sorted(fold.predictions.get(selection, ()), key=lambda vote: vote.sample_id)]


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """Without the NaN of a diverged training, which JSON does not know."""
    return dict(row, scores=[score if math.isfinite(score) else None for score in row['scores']])


def _flat(rows: Sequence[dict[str, Any]], classes: Sequence[str]) -> list[list[Any]]:
    columns = ('sample_id', 'dataset', 'subject', 'selection', 'seed', 'label', 'prediction', 'correct')
    header = [*columns, *(f'score_{name}' for name in classes), 'warning']
    return [header, *([*(row[name] for name in columns[:-1]), int(row['correct']),
                       *(f'{score:.6f}' for score in row['scores']), row['warning']] for row in rows)]


def _write_csv(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    with replacing(path) as partial, open(partial, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file).writerows(rows)
