"""Scores of evaluations as a model card states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fdp_mmaction.engine.loso.report_text import SHOWN
from fdp_mmaction.engine.loso.select import OPTIMISTIC

from .facts import Scores
from .paths import last_part

_RECOGNITION = 'me/'


def ordered(metrics: Mapping[str, float]) -> dict[str, tuple[float, None, None]]:
    """Scores of a metric's dict: recognition first, then the rest under their full names; no intervals.

    Args:
        metrics (Mapping[str, float]): Such as ``{'me/ACC': 0.5, 'dynamic_image/PSNR': 20.0}``.

    Returns:
        dict[str, tuple]: Score -> value, None, None.
    """
    found = {name: metrics[_RECOGNITION + name] for name in SHOWN if _RECOGNITION + name in metrics}
    found.update((name, value) for name, value in metrics.items() if not name.startswith(_RECOGNITION))
    return {name: (float(value), None, None) for name, value in found.items()}


def validation_scores(metrics: Mapping[str, float], epoch: int, subjects: Sequence[str], unseen: bool) -> Scores:
    """The last validation of a training.

    Args:
        metrics (Mapping[str, float]): Its metrics.
        epoch (int): After which it was.
        subjects (Sequence[str]): Who was validated on.
        unseen (bool): Whether it is known that none of them was trained on.

    Returns:
        Scores: Of one evaluation.
    """
    return Scores(f'Validation after epoch {epoch}{_on(subjects, "on", unseen)}.', ordered(metrics))


def test_scores(report: Mapping[str, Any]) -> Scores:
    """What a test left in ``report/metrics.json``.

    Args:
        report (Mapping): Its content.

    Returns:
        Scores: Of one evaluation.
    """
    after = f', weights after epoch {report["epochs"]}' if report.get('epochs') is not None else ''
    checkpoint = last_part(str(report.get('checkpoint') or ''))
    seen = report.get('seen_in_training') or ()
    unseen = bool(report.get('trained_subjects')) and not seen
    how = (f'Test of {checkpoint or "the weights"}{after}: {report["num_mes"]} MEs'
           f'{_on(report["test_subjects"], "of", unseen)}, protocol {report["protocol"]}.')
    warnings = [OPTIMISTIC.replace('every fold', 'this training')] if report['selection'] == 'best-on-test' else []
    if seen:
        warnings.append(f'Training saw {len(seen)} of the tested subjects: these are no scores of new people.')
    return Scores(how, ordered(report['metrics']), tuple(warnings))


def loso_scores(summary: Mapping[str, Any]) -> tuple[Scores, ...]:
    """What a leave-one-subject-out run scored, with intervals.

    Args:
        summary (Mapping): From :func:`~fdp_mmaction.engine.loso.summary.summarise`.

    Returns:
        tuple[Scores, ...]: One for each selection of the epoch.
    """
    counted = summary['counted']
    seeds = ', '.join(map(str, counted['seeds']))
    found = []
    for selection, result in summary['results'].items():
        how = (f'Leave one subject out: {counted["mes"]} MEs of {len(counted["subjects"])} subjects, each left out '
               f'once, votes of all folds pooled; '
               f'{"seed" if len(counted["seeds"]) == 1 else "mean over the seeds"} {seeds}; epoch: {selection}.'
               + ''.join(f' {note}' for note in summary['notes']))
        values = {name: (result['scores'][name]['mean'], result['scores'][name]['low'], result['scores'][name]['high'])
                  for name in SHOWN}
        if len(found) == 0:
            values.update((name, (value, None, None)) for name, value in summary['measures'].items())
        found.append(Scores(how, values, tuple(result['warnings'])))
    return tuple(found)


def _on(subjects: Sequence[str], word: str, unseen: bool) -> str:
    return f' {word} {", ".join(subjects)}' + (', whom training did not see' if unseen else '') if subjects else ''
