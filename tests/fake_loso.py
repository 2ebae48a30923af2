"""Leave-one-subject-out runs on disk that nobody trained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fdp_mmaction.engine.loso.results import (RUN, FoldResult, LosoRun, Prediction, fold_folder, read_run, write_fold)


def vote(sample_id: str, label: int, prediction: int, num_classes: int = 3, dataset: str = 'toy',
         sure: float = 0.6) -> Prediction:
    """A vote with the score ``sure`` for the predicted class and equal ones for the rest."""
    scores = np.full(num_classes, (1 - sure) / max(num_classes - 1, 1))
    scores[prediction] = sure
    subject = '/'.join(sample_id.split('/')[1:-1])
    return Prediction(sample_id, dataset, subject, label, prediction, tuple(scores.tolist()))


def fold(subject: str, seed: int, predictions: Mapping[str, Sequence[Prediction]], epochs: int = 3) -> FoldResult:
    """A fold; every selection chose another epoch."""
    chosen = {name: epochs - index for index, name in enumerate(predictions)}
    history = [{'epoch': epoch, 'loss': 2.0 / epoch, 'loss_cls': 1.0 / epoch, 'inner-val/UF1': epoch / 10}
               for epoch in range(1, epochs + 1)]
    return FoldResult(subject, seed, {name: tuple(votes) for name, votes in predictions.items()}, chosen, num_train=10,
                      seconds=dict(total=10.0 + seed, training=9.5), measures={'image/PSNR': 20.0 + seed},
                      history=history)


def write_run(out: Path, folds: Sequence[FoldResult], classes: Sequence[str] = ('neg', 'pos', 'sur'),
              selection: str = 'last', **more: object) -> LosoRun:
    """Write a run of the given folds; ``more`` replaces parts of the header."""
    header = dict(name='toy', dataset='toy', protocol='3-class', classes=list(classes), selection=selection,
                  seeds=sorted({fold.seed for fold in folds}), subjects=sorted({fold.subject for fold in folds}),
                  census={}, environment=dict(python='3.11', device='CPU'), identity='abc')
    header.update(more)
    out.mkdir(parents=True, exist_ok=True)
    (out / RUN).write_text(json.dumps(header))
    (out / 'config.py').write_text('model = dict()\n')
    for result in folds:
        folder = fold_folder(out, result.seed, result.subject)
        folder.mkdir(parents=True, exist_ok=True)
        write_fold(folder, result)
    return read_run(out)


def noisy_run(out: Path, skill: float = 0.6, subjects: int = 4, mes: int = 6, seeds: Sequence[int] = (0,),
              selections: Sequence[str] = ('last',), num_classes: int = 3, dataset: str = 'toy', noise: int = 0,
              **more: object) -> LosoRun:
    """A run whose votes are right with probability ``skill``; later selections are a bit better."""
    rng = np.random.default_rng(noise)
    folds = []
    for seed in seeds:
        for number in range(1, subjects + 1):
            subject = f'sub{number:02d}'
            votes = {}
            for index, selection in enumerate(selections):
                votes[selection] = [
                    vote(f'{dataset}/{subject}/EP{k:02d}', k % num_classes,
                         k % num_classes if rng.random() < skill + 0.1 * index else int(rng.integers(num_classes)),
                         num_classes, dataset, sure=float(rng.uniform(0.5, 0.95))) for k in range(mes)]
            folds.append(fold(subject, seed, votes))
    classes = [f'class{k}' for k in range(num_classes)] if num_classes != 3 else ['neg', 'pos', 'sur']
    more.setdefault('selection', selections[0] if len(selections) == 1 else 'compare')
    return write_run(out, folds, classes, **more)
