"""Representations of MEs in the plane as a figure."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .embedding import Embedding
from .print_style import COLUMN, class_marks, legend_below, open_frame, print_style
from .representations import Representations

GROUPS = ('class', 'subject')


def draw_embedding(found: Representations, places: Embedding, left_out: Collection[str] = (), by: str = 'class',
                   title: str = '') -> Figure:
    """Draw MEs as points.

    Args:
        found (Representations): Their classes and subjects.
        places (Embedding): From :func:`~fdp_mmaction.visualization.embedding.embed` of their features.
        left_out (Collection[str]): Subjects that the model was not trained on. Where some of the MEs are theirs and
            some are not, theirs are filled and the others are outlines. Defaults to none.
        by (str): ``'class'`` or ``'subject'``: what colours and markers mean. Defaults to ``'class'``.
        title (str): Heading. Defaults to empty.

    Returns:
        Figure: As wide as a column.

    Raises:
        ValueError: If ``by`` is unknown.
    """
    if by not in GROUPS:
        raise ValueError(f'Points are coloured by {" or ".join(GROUPS)}; got {by!r}.')
    unseen = np.array([subject in left_out for subject in found.subjects])
    mixed = unseen.any() and not unseen.all()
    if by == 'class':
        names, group = list(found.classes), np.array([found.classes[label] for label in found.labels])
    else:
        names, group = sorted(set(found.subjects)), np.array(found.subjects)
    with print_style():
        figure = Figure(figsize=(COLUMN, 2.75), layout='constrained')
        axes = figure.subplots()
        marks = class_marks(names)
        for name in names:
            for filled in (False, True):
                chosen = (group == name) & ((unseen == filled) if mixed else np.full(len(group), filled))
                _draw_points(axes, places.points[chosen], marks[name], filled)
        handles = [Line2D([], [], linestyle='', markersize=4, label=f'{name} ({(group == name).sum()})', **marks[name])
                   for name in names]
        if mixed:
            plain = dict(linestyle='', marker='o', markersize=4, color='0.4')
            handles += [Line2D([], [], label='left out of training', **plain),
                        Line2D([], [], label='trained on', markerfacecolor='none', **plain)]
        legend_below(figure, handles, 3 if by == 'class' else 5)
        axes.set_xlabel(places.axes[0])
        axes.set_ylabel(places.axes[1])
        if not any(places.axes):
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color('0.8')
        else:
            open_frame(axes)
        axes.set_title('\n'.join(filter(None, (title, f'{len(group)} MEs by {places.method}'))))
    return figure


def _draw_points(axes: Axes, points: np.ndarray, marks: dict[str, str], filled: bool) -> None:
    colour = marks['color']
    style = dict(facecolors=colour, edgecolors='white', linewidths=0.3) if filled else dict(
        facecolors='none', edgecolors=colour, linewidths=0.8)
    axes.scatter(*points.T, s=16, marker=marks['marker'], **style)
