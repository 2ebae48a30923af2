"""How far a score of pooled predictions may be off, given that people differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .metrics import f1_of_many, scores_of_many


def subject_bootstrap(matrices: Sequence[np.ndarray] | np.ndarray, level: float = 0.95, num_samples: int = 2000,
                      seed: int = 0) -> dict[str, tuple[float, float]]:
    """Percentile intervals of the pooled scores, drawing subjects with replacement.

    MEs of one subject are alike, so subjects and not MEs are drawn; the interval says how the score would vary
    with other people of the same kind, for these trained models.

    Args:
        matrices (Sequence[np.ndarray]): ``(S, K, K)`` confusion matrix of every left-out subject; of several runs
            ``(R, S, K, K)``, whose scores are averaged.
        level (float): Coverage in (0, 1). Defaults to 0.95.
        num_samples (int): Number of draws. Defaults to 2000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        dict[str, tuple[float, float]]: Lower and upper end for each name of
        :data:`~fdp_mmaction.functional.metrics.METRIC_NAMES`.

    Raises:
        ValueError: If the shape is another or there are fewer than two subjects.
    """
    matrices = _of_runs(matrices)
    scores = resampled_scores(matrices, subject_draws(matrices.shape[1], num_samples, seed))
    tail = (1 - level) / 2
    return {name: tuple(np.quantile(values, (tail, 1 - tail)).tolist()) for name, values in scores.items()}


def class_bootstrap(matrices: Sequence[np.ndarray] | np.ndarray, level: float = 0.95, num_samples: int = 2000,
                    seed: int = 0) -> list[tuple[float, float]]:
    """The same intervals, from the same draws, of the F1 of each class.

    Args:
        matrices (Sequence[np.ndarray]): As :func:`subject_bootstrap` takes them.
        level (float): Coverage in (0, 1). Defaults to 0.95.
        num_samples (int): Number of draws. Defaults to 2000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        list[tuple[float, float]]: Lower and upper end for each of the K classes. A draw in which a class neither
        occurs nor is voted for counts as 0, as in UF1.

    Raises:
        ValueError: If the shape is another or there are fewer than two subjects.
    """
    matrices = _of_runs(matrices)
    pooled = _pooled(matrices, subject_draws(matrices.shape[1], num_samples, seed))
    tail = (1 - level) / 2
    ends = np.quantile(f1_of_many(pooled).mean(axis=1), (tail, 1 - tail), axis=0)      # (2, K)
    return [(low, high) for low, high in ends.T.tolist()]


def _of_runs(matrices: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    matrices = np.asarray(matrices)
    if matrices.ndim == 3:
        matrices = matrices[None]
    if matrices.ndim != 4 or matrices.shape[1] < 2:
        raise ValueError('An interval over subjects needs the confusion matrices of at least two, as (S, K, K) or '
                         f'(R, S, K, K); got shape {matrices.shape}.')
    return matrices


def _pooled(matrices: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """``(N, R, K, K)`` confusion matrix of every draw and run."""
    return np.einsum('ns,rsij->nrij', counts, matrices, optimize=True)


def subject_draws(num_subjects: int, num_samples: int, seed: int = 0) -> np.ndarray:
    """How often each subject is drawn when as many are drawn with replacement.

    Args:
        num_subjects (int): Number S of subjects.
        num_samples (int): Number N of draws.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        np.ndarray: ``(N, S)`` int64 counts; rows sum to S.
    """
    draws = np.random.default_rng(seed).integers(0, num_subjects, (num_samples, num_subjects))
    counts = np.zeros((num_samples, num_subjects), dtype=np.int64)
    np.add.at(counts, (np.arange(num_samples)[:, None], draws), 1)
    return counts


def resampled_scores(matrices: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Pooled scores of every draw of subjects, averaged over runs.

    Args:
        matrices (np.ndarray): ``(R, S, K, K)`` confusion matrix of every run and subject.
        counts (np.ndarray): ``(N, S)`` from :func:`subject_draws`.

    Returns:
        dict[str, np.ndarray]: ``(N,)`` for each name of :data:`~fdp_mmaction.functional.metrics.METRIC_NAMES`.
    """
    return {name: scores.mean(axis=1) for name, scores in scores_of_many(_pooled(matrices, counts)).items()}
