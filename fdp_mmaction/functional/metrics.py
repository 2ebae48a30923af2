"""The field's metrics, all from one pooled confusion matrix.

With ``C[i, j]`` the number of MEs of class i predicted as class j, ``N = sum C``, ``n_i = sum_j C[i, j]``:

- ``ACC = WAR = sum_i C[i, i] / N``
- ``UAR = mean_i C[i, i] / n_i``
- ``F1_i = 2 TP_i / (2 TP_i + FP_i + FN_i)``, ``UF1 = mean_i F1_i``, ``WF1 = sum_i n_i F1_i / N``

The classes are always those of the protocol, also when one does not occur (0/0 counts as 0): over a
leave-one-subject-out run the matrices of all folds are added first. A single fold lacks classes, so
its UF1 and UAR say little, and their average over folds is not the UF1 of the run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

METRIC_NAMES = ('ACC', 'WAR', 'UAR', 'WF1', 'UF1')


def confusion_matrix(labels: Sequence[int], predictions: Sequence[int], num_classes: int) -> np.ndarray:
    """Count predictions.

    Args:
        labels (Sequence[int]): True classes, each in ``range(num_classes)``.
        predictions (Sequence[int]): Predicted classes, as many.
        num_classes (int): Number K of classes of the protocol.

    Returns:
        np.ndarray: ``(K, K)`` int64, rows are true classes.

    Raises:
        ValueError: If the lengths differ or a class is out of range.
    """
    labels = np.asarray(labels, dtype=np.int64).reshape(-1)
    predictions = np.asarray(predictions, dtype=np.int64).reshape(-1)
    if labels.shape != predictions.shape:
        raise ValueError(f'{len(labels)} labels do not fit {len(predictions)} predictions.')
    for name, values in (('label', labels), ('prediction', predictions)):
        if values.size and (values.min() < 0 or values.max() >= num_classes):
            raise ValueError(f'A {name} lies outside 0..{num_classes - 1}: '
                             f'found {values.min()}..{values.max()}.')
    counts = np.bincount(labels * num_classes + predictions, minlength=num_classes ** 2)
    return counts.reshape(num_classes, num_classes)


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def per_class_scores(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall, F1 and support of each class.

    Args:
        matrix (np.ndarray): ``(K, K)`` confusion matrix, rows are true classes.

    Returns:
        dict[str, np.ndarray]: ``precision``, ``recall``, ``f1`` (float64, 0 where undefined) and
        ``support`` (int64), each ``(K,)``.
    """
    matrix = np.asarray(matrix)
    hits = np.diag(matrix).astype(np.float64)
    support, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    return {
        'precision': _divide(hits, predicted),
        'recall': _divide(hits, support),
        'f1': _divide(2 * hits, support + predicted),
        'support': support,
    }


def scores_from_confusion(matrix: np.ndarray) -> dict[str, float]:
    """ACC, WAR, UAR, WF1 and UF1 of a confusion matrix.

    Args:
        matrix (np.ndarray): ``(K, K)``, rows are true classes; for a leave-one-subject-out run the sum
            over all folds.

    Returns:
        dict[str, float]: The five names of :data:`METRIC_NAMES`, each in [0, 1].

    Raises:
        ValueError: If the matrix is not square or holds no sample.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f'A confusion matrix is square, got shape {matrix.shape}.')
    total = matrix.sum()
    if total == 0:
        raise ValueError('The confusion matrix is empty: no sample was evaluated.')
    return {name: float(score) for name, score in scores_of_many(matrix).items()}


def f1_of_many(matrices: np.ndarray) -> np.ndarray:
    """F1 of each class, of many matrices at once.

    Args:
        matrices (np.ndarray): ``(..., K, K)``, rows are true classes.

    Returns:
        np.ndarray: ``(..., K)`` float64, 0 where undefined.
    """
    hits = np.diagonal(matrices, axis1=-2, axis2=-1).astype(np.float64)
    return _divide(2 * hits, matrices.sum(axis=-1) + matrices.sum(axis=-2))


def scores_of_many(matrices: np.ndarray) -> dict[str, np.ndarray]:
    """The same scores of many matrices at once.

    Args:
        matrices (np.ndarray): ``(..., K, K)``, rows are true classes; none is empty.

    Returns:
        dict[str, np.ndarray]: ``(...)`` float64 for each of :data:`METRIC_NAMES`.
    """
    hits = np.diagonal(matrices, axis1=-2, axis2=-1).astype(np.float64)
    support = matrices.sum(axis=-1)
    total = support.sum(axis=-1)
    f1 = f1_of_many(matrices)
    accuracy = hits.sum(axis=-1) / total
    return {
        'ACC': accuracy,
        'WAR': accuracy,
        'UAR': _divide(hits, support).mean(axis=-1),
        'WF1': (f1 * support).sum(axis=-1) / total,
        'UF1': f1.mean(axis=-1),
    }
