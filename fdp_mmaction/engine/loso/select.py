"""Choosing the epoch that counts, and the subjects it may be chosen on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.metrics import confusion_matrix, scores_from_confusion

LAST, INNER, TEST, COMPARE = 'last', 'inner-val', 'best-on-test', 'compare'
SELECTIONS = (LAST, INNER, TEST, COMPARE)
"""``last``: the last epoch. ``inner-val``: the best on some training subjects who are held out. ``best-on-test``: the
best on the left-out subject, as released codes do, which is optimistic. ``compare``: all three, on one training."""
OPTIMISTIC = ('The epoch of every fold was chosen by its score on the left-out subject: these numbers are optimistic '
              'and no estimate for new people.')


def needs_inner(selection: str) -> bool:
    """Whether training subjects are held out."""
    return selection in (INNER, COMPARE)


def sees_test(selection: str) -> bool:
    """Whether the left-out subject is predicted during training."""
    return selection in (TEST, COMPARE)


def inner_subjects(labels: Mapping[str, Sequence[int]], share: float, seed: int, fold: str) -> tuple[str, ...]:
    """Draw the training subjects that are held out to choose the epoch.

    The draw depends on the seed and the fold's name alone. Of 100 draws the first counts that leaves every class in
    what is trained on, or else the one that leaves most.

    Args:
        labels (Mapping[str, Sequence[int]]): Labels of every subject of the training part; the left-out one is not
            among them.
        share (float): Part of the subjects, in (0, 1); at least one is held out, and one is left.
        seed (int): Of the training.
        fold (str): Left-out subject.

    Returns:
        tuple[str, ...]: Sorted.

    Raises:
        DatasetError: If there are fewer than two subjects.
    """
    subjects = sorted(labels)
    if len(subjects) < 2:
        raise DatasetError(f'Besides {fold} there is {len(subjects)} subject: inner validation needs two or more; '
                           'use --select last.')
    count = min(max(1, round(share * len(subjects))), len(subjects) - 1)
    digest = hashlib.sha256(f'{seed}/{fold}'.encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
    wanted = {label for found in labels.values() for label in found}
    best: tuple[int, tuple[str, ...]] = (-1, ())
    for _ in range(100):
        drawn = {subjects[index] for index in rng.permutation(len(subjects))[:count]}
        left = {label for subject in subjects if subject not in drawn for label in labels[subject]}
        if len(left) > best[0]:
            best = (len(left), tuple(sorted(drawn)))
        if left == wanted:
            break
    return best[1]


def validation_scores(votes: Sequence[tuple[int, int]], num_classes: int) -> dict[str, float]:
    """``UF1`` and ``ACC`` of pairs (true class, predicted class).

    Raises:
        ValueError: If there is none.
    """
    scores = scores_from_confusion(confusion_matrix([a for a, _ in votes], [b for _, b in votes], num_classes))
    return {name: scores[name] for name in ('UF1', 'ACC')}


def choose_epoch(scores: Mapping[int, Mapping[str, float]], selection: str) -> int:
    """The best epoch of a training.

    Args:
        scores (Mapping[int, Mapping[str, float]]): ``UF1`` and ``ACC`` by validated epoch.
        selection (str): ``inner-val`` goes by UF1, then ACC; ``best-on-test`` by ACC, as the released FDP and MOL
            codes do, since one subject lacks classes. The earliest of equal epochs is taken.

    Returns:
        int: The epoch.

    Raises:
        DatasetError: If no epoch was validated.
    """
    if not scores:
        raise DatasetError('No epoch was validated, so none can be chosen: let train_cfg.val_begin be at most the '
                           'number of epochs.')
    names = ('UF1', 'ACC') if selection == INNER else ('ACC',)
    return max(sorted(scores), key=lambda epoch: tuple(scores[epoch][name] for name in names))
