"""The confusion matrix as a figure: rates as colour, counts as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from fdp_mmaction.functional.metrics import scores_from_confusion


def draw_confusion_matrix(matrix: np.ndarray, classes: Sequence[str], title: str = '', runs: int = 1,
                          heading: str | None = None) -> Figure:
    """Draw a confusion matrix.

    Args:
        matrix (np.ndarray): ``(K, K)`` counts, rows are true classes.
        classes (Sequence[str]): K class names.
        title (str): Put before the scores in the heading. Defaults to empty.
        runs (int): Seeds that the matrix is the sum of; their mean is drawn. Defaults to 1.
        heading (str, optional): Scores in words. Defaults to None: those of the matrix.

    Returns:
        Figure: Colour is the share of a row; a cell shows its count and, below, its share in per cent.
    """
    count = matrix.sum(axis=1, keepdims=True)
    rates = np.divide(matrix, count, out=np.zeros(matrix.shape), where=count > 0)
    side = 1.6 + 0.85 * len(classes)
    figure = Figure(figsize=(side, side))
    axes = figure.add_subplot()
    axes.imshow(rates, cmap='Blues', vmin=0, vmax=1)
    for row, column in np.ndindex(*matrix.shape):
        colour = 'white' if rates[row, column] > 0.55 else 'black'
        number = f'{matrix[row, column] / runs:.1f}' if runs > 1 else str(matrix[row, column])
        text = f'{number}\n{100 * rates[row, column]:.0f}%' if count[row] else '–'
        axes.text(column, row, text, ha='center', va='center', color=colour, fontsize=9)
    axes.set_xticks(range(len(classes)), classes, rotation=35, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(len(classes)), [f'{name} ({int(n) // runs})' for name, n in zip(classes, count[:, 0])])
    axes.set_xlabel('predicted')
    axes.set_ylabel('true (number of MEs)')
    if heading is None:
        scores = scores_from_confusion(matrix)
        heading = '  '.join(f'{name} {scores[name]:.3f}' for name in ('UF1', 'UAR', 'ACC'))
    axes.set_title(f'{title}\n{heading}' if title else heading, fontsize=10)
    return figure
