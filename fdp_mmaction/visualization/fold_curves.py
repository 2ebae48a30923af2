"""Training curves of all folds of a run in one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator

_COLUMNS = 3
_MOST = 9       # panels
_SCORES = ('UF1', 'UAR', 'ACC')


def curve_names(histories: Sequence[Sequence[Mapping[str, float]]]) -> list[str]:
    """Curves worth a panel: the total loss, its parts, and UF1, UAR and ACC of whatever was validated.

    Args:
        histories (Sequence[Sequence[Mapping]]): Of each fold, one entry per epoch.

    Returns:
        list[str]: At most nine names, losses first.
    """
    found = list(dict.fromkeys(name for history in histories for entry in history for name in entry))
    losses = sorted((name for name in found if 'loss' in name.split('/')[-1]), key=lambda name: name != 'loss')
    scores = [name for last in _SCORES for name in found if name.split('/')[-1] == last]
    return (losses[:_MOST - min(len(scores), _COLUMNS)] + scores)[:_MOST]


def draw_fold_curves(histories: Sequence[Sequence[Mapping[str, float]]], title: str = '',
                     headings: Callable[[str], str] = str) -> Figure | None:
    """Draw each fold as a thin line and their median as a thick one.

    Args:
        histories (Sequence[Sequence[Mapping]]): Of each fold, one entry per epoch with ``epoch`` and what was measured.
        title (str): Heading. Defaults to empty.
        headings (Callable): From the name of a curve to the heading of its panel. Defaults to the name.

    Returns:
        Figure | None: One panel per curve, see :func:`curve_names`; None where nothing was recorded.
    """
    names = curve_names(histories)
    if not names:
        return None
    columns = min(len(names), _COLUMNS)
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(3.6 * columns, 2.6 * rows + 0.4), layout='constrained')
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(names):]:
        axes.set_axis_off()
    for axes, name in zip(panels, names):
        values: dict[int, list[float]] = {}
        for history in histories:
            points = [(int(entry['epoch']), float(entry[name])) for entry in history
                      if name in entry and math.isfinite(entry[name])]
            for epoch, value in points:
                values.setdefault(epoch, []).append(value)
            if points:
                axes.plot(*zip(*points), color='#7d9bb3', linewidth=0.7, alpha=0.55,
                          marker='.' if len(points) == 1 else None)
        epochs = sorted(values)
        axes.plot(epochs, [np.median(values[epoch]) for epoch in epochs], color='#d1495b', linewidth=1.8,
                  marker='.' if len(epochs) == 1 else None)
        if 'loss' in name:
            if all(value > 0 for found in values.values() for value in found):
                axes.set_yscale('log')
                axes.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5, 7)))
                axes.yaxis.set_major_formatter(FormatStrFormatter('%g'))
                axes.yaxis.set_minor_formatter(FormatStrFormatter('%g'))
        else:
            axes.set_ylim(-0.03, 1.03)
        axes.set_title(headings(name), fontsize=9)
        axes.set_xlabel('epoch', fontsize=8)
        axes.tick_params(which='both', labelsize=8)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
    figure.suptitle(f'{title + "; " if title else ""}thin: {len(histories)} folds, thick: their median', fontsize=9)
    return figure
