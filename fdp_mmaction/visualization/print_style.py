"""How figures for papers look: the width of a column, type that can be read there, colours that all can tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from matplotlib import rc_context
from matplotlib.axes import Axes

COLUMN = 3.5
"""Width of a column in inches."""
DPI = 300
GREY = dict(cmap='gray', vmin=0, vmax=255)
UNIT = dict(cmap='gray', vmin=0, vmax=1)

COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#000000', '#f0e442')
"""Okabe and Ito's colours, which people of every kind of colour vision can tell apart."""
MARKERS = ('o', '^', 's', 'D', 'v', 'P', 'X', '*')

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
        classes (Sequence[str]): Names. Colours and markers repeat after eight, but never both.

    Returns:
        dict[str, dict[str, str]]: Class -> ``color`` and ``marker``, as matplotlib takes them.
    """
    count = len(COLOURS)
    return {name: dict(color=COLOURS[index % count], marker=MARKERS[(index + index // count) % count])
            for index, name in enumerate(classes)}


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
