"""The pictures of a report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fdp_mmaction.errors import DatasetError

from .pooling import Pooled
from .results import LosoRun, Prediction
from .select import INNER, TEST
from .summary import WARNING

_OPTIMISTIC = 'optimistic: epoch chosen on the test subject'
_UNSAFE = re.compile(r'[^\w-]+')      # in file names
_PLACES = {INNER: 'inner subjects', TEST: 'left-out subject'}

PATTERNS = ('confusion_matrix*.png', 'subjects*.png', 'selections.png', 'training_curves.png', 'mistakes*.png')
"""Names that a report may give to pictures; those of an earlier report that are not drawn again are removed."""

PER_SHEET, MOST = 10, 20
"""MEs on one contact sheet, and in all."""


def draw_report(run: LosoRun, pooled: Mapping[str, Pooled], summary: Mapping[str, Any], folder: Path
                ) -> tuple[list[str], list[str]]:
    """Draw everything.

    Args:
        run (LosoRun): The run.
        pooled (Mapping[str, Pooled]): By selection.
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.
        folder (Path): Where to.

    Returns:
        tuple[list[str], list[str]]: Names of the files, and notes on pictures that could not be drawn.
    """
    from fdp_mmaction.visualization import (draw_comparison, draw_confusion_matrix, draw_fold_curves,
                                            draw_subject_bars, save_figure)
    drawn: list[str] = []
    notes: list[str] = []

    def keep(figure: Any, name: str) -> None:
        save_figure(figure, folder / name)
        drawn.append(name)

    several = len(pooled) > 1
    for selection, votes in pooled.items():
        result = summary['results'][selection]
        ending = f'_{selection}' if several else ''
        scores = '  '.join(f'{name} {result["scores"][name]["mean"]:.3f}' for name in ('UF1', 'UAR', 'ACC'))
        keep(draw_confusion_matrix(np.array(result['confusion_matrix']), votes.classes, _title(summary, selection),
                                   len(votes.seeds), scores), f'confusion_matrix{ending}.png')
        for name, part in result['per_dataset'].items():
            heading = '  '.join(f'{key} {part["scores"][key]["mean"]:.3f}' for key in ('UF1', 'UAR', 'ACC'))
            keep(draw_confusion_matrix(np.array(part['confusion_matrix']), votes.classes,
                                       _title(summary, selection, name), len(votes.seeds), heading),
                 f'confusion_matrix{ending}_{_UNSAFE.sub("_", name)}.png')
        keep(draw_subject_bars(result['per_subject'], _title(summary, selection)), f'subjects{ending}.png')
    if several:
        bars = {f'{name}: optimistic,\nchosen on the test subject' if name == TEST else name: result['scores']['UF1']
                for name, result in summary['results'].items()}
        if all(score['low'] is not None for score in bars.values()):
            keep(draw_comparison(bars), 'selections.png')
    curves = draw_fold_curves([fold.history for fold in run.folds], _heading(summary), _curve_heading)
    if curves is None:
        notes.append('No fold left a history, so there are no training curves.')
    else:
        keep(curves, 'training_curves.png')
    first = next(iter(pooled))
    sheets, remarks = _draw_sheets(run, pooled[first], _title(summary, first))
    for index, sheet in enumerate(sheets):
        keep(sheet, f'mistakes_{index + 1}.png')
    return drawn, notes + remarks


def worst_mistakes(pooled: Pooled, most: int = MOST) -> list[tuple[Prediction, int, int, float]]:
    """MEs whose vote was most surely wrong.

    Args:
        pooled (Pooled): Votes.
        most (int): How many at most. Defaults to 20.

    Returns:
        list[tuple[Prediction, int, int, float]]: The vote of the seed that was most wrong, the class it was most often
        taken for, in how many seeds it was wrong, and the score of the predicted class above that of the true one,
        averaged over seeds (0 where the vote was right); the largest first.
    """
    found = []
    for votes in pooled.by_sample():
        wrong = [vote for vote in votes if vote.prediction != vote.label]
        if wrong:
            excess = sum(vote.scores[vote.prediction] - vote.scores[vote.label] for vote in wrong) / len(votes)
            taken = np.bincount([vote.prediction for vote in wrong]).argmax()
            worst = max(wrong, key=lambda vote: vote.scores[vote.prediction] - vote.scores[vote.label])
            found.append((worst, int(taken), len(wrong), excess))
    return sorted(found, key=lambda mistake: (-mistake[3], mistake[0].sample_id))[:most]


def _draw_sheets(run: LosoRun, pooled: Pooled, title: str) -> tuple[list, list[str]]:
    from fdp_mmaction.visualization import Mistake, draw_mistakes, read_prepared_clip
    root = run.header.get('data_root')
    wrong = worst_mistakes(pooled)
    if not wrong:
        return [], ['Every vote was right, so there is no sheet of mistakes.']
    if not root or not Path(root, 'annotations.json').is_file():
        where = f' {root}' if root else ''
        return [], [f'The prepared folder{where} is not here, so there is no sheet of mistakes.']
    mistakes, unread = [], []
    for vote, taken, count, excess in wrong:
        try:
            clip = read_prepared_clip(root, vote.sample_id)
        except DatasetError as error:
            unread.append(f'{vote.sample_id} is missing among the mistakes: {error}')
            continue
        seeds = f'in {count} of {len(pooled.seeds)} seeds, ' if len(pooled.seeds) > 1 else ''
        mistakes.append(Mistake(clip, pooled.classes[vote.label], pooled.classes[taken],
                                f'{seeds}by {excess:.2f}'))
    sheets: Sequence[Sequence[Mistake]] = [mistakes[start:start + PER_SHEET]
                                           for start in range(0, len(mistakes), PER_SHEET)]
    heading = f'{title}\nworst mistakes: true → predicted, by how much the score of the wrong class is higher'
    return [draw_mistakes(sheet, heading) for sheet in sheets], unread


def _curve_heading(name: str) -> str:
    from fdp_mmaction.visualization.curve_words import loss_words
    place, _, score = name.rpartition('/')
    return f'{score} on the {_PLACES[place]}' if place in _PLACES else loss_words(name)


def _heading(summary: Mapping[str, Any]) -> str:
    remarks = ['unfinished'] * (not summary['finished'])
    remarks += ['mind the warning'] * (summary['warnings'] not in ([], [WARNING]))
    return summary['name'] + (f' ({", ".join(remarks)})' if remarks else '')


def _title(summary: Mapping[str, Any], selection: str, dataset: str = '') -> str:
    title = f'{_heading(summary)}, {dataset or summary["dataset"]}, {summary["protocol"]}, {selection}'
    return f'{title}\n{_OPTIMISTIC}' if selection == TEST else title
