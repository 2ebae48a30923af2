"""How a leave-one-subject-out run did on each person."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

_PER_ROW = 40
_FEW = 6           # places of the axis at least, so that two bars are not half the figure each
_LEAST = 14      # places that the figure has room for at least, because of its legend
_RIGHT, _WRONG = '#2f6f9f', '#d5dde3'


def draw_subject_bars(subjects: Mapping[str, Mapping], title: str = '') -> Figure:
    """Draw one bar per subject: the MEs, and how many of them were recognised.

    Args:
        subjects (Mapping[str, Mapping]): Subject -> ``mes`` and ``correct``, which may be a mean over seeds.
        title (str): Heading. Defaults to empty.

    Returns:
        Figure: In the given order, in rows of 40; the share of MEs recognised stands above each bar, in per cent.
    """
    names = list(subjects)
    rows = [names[start:start + _PER_ROW] for start in range(0, len(names), _PER_ROW)]
    places = max(_FEW, max(map(len, rows)))
    height = 1.7 + 0.075 * max(map(len, names))
    figure = Figure(figsize=(0.27 * max(places, _LEAST) + 1.0, height * len(rows) + 0.7), layout='constrained')
    grid = figure.subplots(len(rows), 1, squeeze=False, sharey=True)[:, 0]
    for axes, row in zip(grid, rows):
        _draw_row(axes, {name: subjects[name] for name in row}, places)
    grid[0].set_ylim(0, 1.15 * max(row['mes'] for row in subjects.values()))
    grid[0].legend(loc='lower right', bbox_to_anchor=(1, 1), ncols=2, fontsize=8, frameon=False, borderaxespad=0.1)
    if title:
        figure.suptitle(title, fontsize=9, x=0.01, ha='left')
    return figure


def _draw_row(axes: Axes, subjects: Mapping[str, Mapping], num_places: int) -> None:
    places = range(len(subjects))
    axes.bar(places, [row['mes'] for row in subjects.values()], 0.8, color=_WRONG, label='MEs (above: % recognised)')
    axes.bar(places, [row['correct'] for row in subjects.values()], 0.8, color=_RIGHT, label='recognised')
    for place, row in zip(places, subjects.values()):
        axes.text(place, row['mes'], f'{100 * row["correct"] / row["mes"]:.0f}', ha='center', va='bottom', fontsize=6.5)
    axes.set_xticks(places, subjects, rotation=90, fontsize=7)
    axes.set_xlim(-0.6, num_places - 0.4)
    axes.tick_params(axis='y', labelsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_ylabel('MEs', fontsize=8)
    axes.spines[['top', 'right']].set_visible(False)
