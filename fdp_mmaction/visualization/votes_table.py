"""The votes of a run for looking at: from the ``predictions.csv`` of a report."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import DatasetError

TABLE = 'predictions.csv'
_SCORE = 'score_'


@dataclass(frozen=True)
class Vote:
    """What a run took one ME for.

    Args:
        sample_id (str): The ME.
        truth (str): True class.
        prediction (str): Class with the highest score.
        confidence (float): That score.
        true_score (float): Score of the true class.
    """

    sample_id: str
    truth: str
    prediction: str
    confidence: float
    true_score: float


def find_table(run: str | Path) -> Path:
    """The predictions of a run.

    Args:
        run (str | Path): A ``predictions.csv``, or a folder that holds it: of ``tools/test.py``, of
            ``tools/loso.py``, or their report.

    Returns:
        Path: The file.

    Raises:
        DatasetError: If there is none.
    """
    run = Path(run)
    places = [run] if run.suffix == '.csv' else [run / TABLE, run / 'report' / TABLE]
    found = [place for place in places if place.is_file()]
    if not found:
        verb = 'do' if len(places) > 1 else 'does'
        raise DatasetError(f'{" and ".join(map(str, places))} {verb} not exist: name the work directory of '
                           f'tools/test.py, the folder of tools/loso.py, or a {TABLE} of them.')
    return found[0]


def read_votes(table: str | Path, selection: str | None = None) -> list[Vote]:
    """Read the votes; those of several seeds for one ME are averaged.

    Args:
        table (str | Path): A ``predictions.csv``.
        selection (str, optional): How the epoch was chosen, of a run that reports several: ``'last'``, ... Defaults to
            None, the first in the file.

    Returns:
        list[Vote]: One per ME, in the order of the file.

    Raises:
        DatasetError: If the file is not such a table, or has no such selection.
    """
    try:
        with open(table, newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        classes = [name[len(_SCORE):] for name in rows[0] if name.startswith(_SCORE)]
        selections = list(dict.fromkeys(row.get('selection', '') for row in rows))
        if selection is not None and selection not in selections:
            raise DatasetError(f'{table} has no selection {selection}; it has {", ".join(filter(None, selections))}.')
        groups: dict[str, list[dict]] = {}
        for row in rows:
            if row.get('selection', '') == (selection or selections[0]):
                groups.setdefault(row['sample_id'], []).append(row)
        votes = []
        for sample_id, group in groups.items():
            scores = np.mean([[float(row[_SCORE + name]) for name in classes] for row in group], axis=0)
            truth, best = group[0]['label'], int(scores.argmax())
            votes.append(Vote(sample_id, truth, classes[best], float(scores[best]),
                              float(scores[classes.index(truth)])))
        return votes
    except DatasetError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
        raise DatasetError(f'{table} is not a table of predictions as tools/test.py and tools/loso.py write it '
                           f'({error!r}): test again.') from None


def surest_errors(votes: Sequence[Vote], most: int = 10) -> list[Vote]:
    """MEs that were taken for something else, the surest first.

    Args:
        votes (Sequence[Vote]): From :func:`read_votes`.
        most (int): How many at most. Defaults to 10.

    Returns:
        list[Vote]: By falling confidence.
    """
    wrong = [vote for vote in votes if vote.prediction != vote.truth]
    return sorted(wrong, key=lambda vote: (-vote.confidence, vote.sample_id))[:most]


def data_root_of(table: Path) -> Path | None:
    """The prepared folder that a leave-one-subject-out run tested on, as far as it is known and here.

    Args:
        table (Path): Its ``predictions.csv``.

    Returns:
        Path | None: The folder.
    """
    for folder in (table.parent, table.parent.parent):
        try:
            root = json.loads((folder / 'loso.json').read_text(encoding='utf-8')).get('data_root')
        except (OSError, ValueError, AttributeError):
            continue
        if root and Path(root, 'annotations.json').is_file():
            return Path(root)
    return None
