"""Where the time of a leave-one-subject-out run went."""

from __future__ import annotations

from typing import Any

from fdp_mmaction.engine.loso.results import LosoRun
from fdp_mmaction.engine.loso.summary import run_environment
from fdp_mmaction.errors import DatasetError

from .spread import spread

PARTS = ('start', 'data', 'training', 'validation', 'test')
"""What a fold times of itself: until training begins, waiting for batches, training steps, validation, the test."""


def fold_times(run: LosoRun) -> dict[str, Any]:
    """Time per fold, and what it was spent on.

    Args:
        run (LosoRun): From :func:`~fdp_mmaction.engine.loso.results.read_run`.

    Returns:
        dict: ``name environment folds missing``; ``fold`` (spread of the seconds of a fold); ``seconds`` of all folds
        together by part, ``other`` being the rest (checkpoints, logs, building); ``shares`` of the same; and
        ``outside_training``. Folds that ran side by side count each.

    Raises:
        DatasetError: If no finished fold tells how long it took.
    """
    timed = [fold for fold in run.folds if fold.seconds.get('total', 0) > 0]
    if not timed:
        raise DatasetError(f'{run.folder} holds no finished fold with its duration: run tools/loso.py first.')
    total = sum(fold.seconds['total'] for fold in timed)
    seconds = {part: sum(fold.seconds.get(part, 0.0) for fold in timed) for part in PARTS}
    seconds['other'] = total - sum(seconds.values())
    shares = {part: value / total for part, value in seconds.items()}
    return dict(part='loso', name=run.header['name'], environment=run_environment(run),
                folds=len(timed), missing=len(run.missing), fold=spread([fold.seconds['total'] for fold in timed]),
                total=total, seconds=seconds, shares=shares, outside_training=1 - shares['training'])
