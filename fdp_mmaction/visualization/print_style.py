"""How figures for papers look: the width of a column, type that can be read there, colours that all can tell apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

COLUMN = 3.5
"""Width of a column in inches."""
DPI = 300
GREY = dict(cmap='gray', vmin=0, vmax=255)
UNIT = dict(cmap='gray', vmin=0, vmax=1)

COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#000000', '#999999')
"""Okabe and Ito's colours, which people of every kind of colour vision can tell apart; grey for yellow, which is hard
to see on white."""
MARKERS = ('o', '^', 's', 'D', 'v', 'P', 'X', '*', '<', 'p', 'd', '>')

_STYLE = {
    'font.size': 7, 'axes.titlesize': 7, 'axes.labelsize': 7, 'xtick.labelsize': 6.5, 'ytick.labelsize': 6.5,
    'legend.fontsize': 6.5, 'figure.titlesize': 7.5, 'axes.linewidth': 0.6, 'xtick.major.width': 0.6,
    'ytick.major.width': 0.6, 'xtick.major.size': 2.5, 'ytick.major.size': 2.5, 'axes.titlepad': 2.5,
    'axes.labelpad': 2.0, 'legend.handlelength': 1.2, 'legend.handletextpad': 0.4, 'legend.borderpad': 0.3,
    'legend.columnspacing': 1.0, 'legend.labelspacing': 0.25}


@contextmanager
def print_style() -> Iterator[None]:
    """Draw with small type and thin lines.

    Yields:
        None.
    """
    with rc_context(_STYLE):
        yield


def class_marks(classes: Sequence[str]) -> dict[str, dict[str, str]]:
    """A colour and a marker for each class.

    Args:
        classes (Sequence[str]): Names, in the order of the protocol, so that a class looks the same in all figures.
            Colours repeat after eight, markers after twelve, both only after 96.

    Returns:
        dict[str, dict[str, str]]: Class -> ``color`` and ``marker``, as matplotlib takes them.
    """
    colours, markers = len(COLOURS), len(MARKERS)
    cycle = math.lcm(colours, markers)
    return {name: dict(color=COLOURS[index % colours], marker=MARKERS[(index + index // cycle) % markers])
            for index, name in enumerate(classes)}


def legend_below(figure: Figure, handles: Sequence[Artist], most: int) -> Legend:
    """Put a legend below everything, in as many columns as fit.

    Args:
        figure (Figure): With constrained layout.
        handles (Sequence[Artist]): With labels.
        most (int): Columns at most.

    Returns:
        Legend: Within the width of the figure; the figure is made higher by its height.
    """
    for columns in range(min(most, len(handles)), 0, -1):
        legend = figure.legend(handles=handles, loc='outside lower center', ncols=columns, frameon=False)
        box = legend.get_window_extent()
        if box.width <= figure.bbox.width or columns == 1:
            break
        legend.remove()
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + box.height / figure.dpi)
    return legend


def bare(axes: Axes) -> None:
    """Leave ticks and frame out, and keep the labels."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def open_frame(axes: Axes) -> None:
    """Leave the upper and the right line out."""
    axes.spines[['top', 'right']].set_visible(False)


def short_name(sample_id: str) -> str:
    """Subject and clip of a sample, without its dataset."""
    return '/'.join(sample_id.split('/')[-2:])
