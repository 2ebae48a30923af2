"""Training curves of all folds of a run in one figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator

from .curve_words import loss_words
from .print_style import COLUMN, open_frame, print_style

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
                     headings: Callable[[str], str] = loss_words) -> Figure | None:
    """Draw each fold as a thin line and their median as a thick one.

    Args:
        histories (Sequence[Sequence[Mapping]]): Of each fold, one entry per epoch with ``epoch`` and what was measured.
        title (str): Heading. Defaults to empty.
        headings (Callable): From the name of a curve to the heading of its panel. Defaults to losses in words.

    Returns:
        Figure | None: Two columns wide, one panel per curve, see :func:`curve_names`; None where nothing was recorded.
    """
    names = curve_names(histories)
    if not names:
        return None
    rows, columns = panel_grid(len(names))
    with print_style():
        figure = Figure(figsize=(2 * COLUMN * (columns + 1) / (_COLUMNS + 1), 1.75 * rows + 0.3), layout='constrained')
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels[len(names):]:
            axes.set_axis_off()
        for axes, name in zip(panels, names):
            _draw_curve(axes, name, histories)
            axes.set_title(headings(name))
        figure.suptitle(f'{title + "; " if title else ""}thin: {len(histories)} folds, thick: their median')
    return figure


def panel_grid(count: int) -> tuple[int, int]:
    """Rows and columns for so many panels: at most three columns, and as few empty places as can be."""
    columns = min((3, 2), key=lambda width: -count % width) if count > _COLUMNS else count
    return math.ceil(count / columns), columns


def _draw_curve(axes: Axes, name: str, histories: Sequence[Sequence[Mapping[str, float]]]) -> None:
    values: dict[int, list[float]] = {}
    for history in histories:
        points = [(int(entry['epoch']), float(entry[name])) for entry in history
                  if name in entry and math.isfinite(entry[name])]
        for epoch, value in points:
            values.setdefault(epoch, []).append(value)
        if points:
            axes.plot(*zip(*points), color='#7d9bb3', linewidth=0.5, alpha=0.6,
                      marker='.' if len(points) == 1 else None)
    epochs = sorted(values)
    axes.plot(epochs, [np.median(values[epoch]) for epoch in epochs], color='#d1495b', linewidth=1.5,
              marker='.' if len(epochs) == 1 else None)
    if 'loss' in name:
        if all(value > 0 for found in values.values() for value in found):
            axes.set_yscale('log')
            axes.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5, 7)))
            axes.yaxis.set_major_formatter(FormatStrFormatter('%g'))
            axes.yaxis.set_minor_formatter(FormatStrFormatter('%g'))
            axes.tick_params(axis='y', which='minor', size=1.5, labelsize=6.5)
    else:
        axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel('epoch')
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3, linewidth=0.5)
    open_frame(axes)
