"""Evidence for a class as a figure: on the frames, and on the dynamic image."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from .cam_view import CamView
from .clip_figure import contrast
from .print_style import COLUMN, COLOURS, GREY, UNIT, bare, open_frame, print_style, short_name

COLUMNS = 4
"""Frames side by side."""
_OPAQUE = 0.75      # of the strongest evidence; the face is to be seen through it
_DIM = 0.75         # of the pictures below
_ANSWER = 1.32      # inches, of the last row


def evidence_colours() -> ListedColormap:
    """Colours of evidence: from nothing at all to full yellow, brighter and less transparent with every step.

    Returns:
        ListedColormap: 256 steps of matplotlib's plasma from its middle on, which all kinds of colour vision can order.
    """
    share = np.linspace(0, 1, 256)
    colours = colormaps['plasma'](0.35 + 0.65 * share)
    colours[:, 3] = _OPAQUE * np.minimum(share / 0.5, 1)
    return ListedColormap(colours, 'evidence')


def draw_cam(view: CamView) -> Figure:
    """Draw the evidence for a class.

    Args:
        view (CamView): From :func:`~fdp_mmaction.visualization.cam_view.view_cam`.

    Returns:
        Figure: As wide as a column. Frames with their number and their share of the evidence for the class; the sum
        over them on the dynamic image; the probabilities. All frames share one scale, whose top is what half a per
        cent of the pixels exceed. What speaks against the class is not shown.
    """
    shown = np.maximum(view.evidence, 0)
    count = len(view.frames)
    rows = -(-count // COLUMNS) if view.per_frame else 0
    row = COLUMN / COLUMNS + 0.08
    with print_style():
        figure = Figure(figsize=(COLUMN, 0.3 + row * rows + _ANSWER), layout='constrained')
        figure.get_layout_engine().set(w_pad=0.015, h_pad=0.02, wspace=0.0, hspace=0.0)
        parts = figure.subfigures(2, 1, height_ratios=(row * rows, _ANSWER)) if rows else [None, figure]
        if rows:
            _draw_frames(parts[0], view, shown, rows)
        _draw_answer(parts[1], view, shown)
        word = f'evidence for {view.classes[view.target]}'
        truth = f', true class {view.truth}' if view.truth else ''
        figure.suptitle(f'{short_name(view.name)}: {word}{truth}\n{view.method} at {view.layer}')
    return figure


def _limit(values: np.ndarray) -> float:
    return max(float(np.percentile(values, 99.5)), 1e-12)


def _draw_frames(part: Figure, view: CamView, shown: np.ndarray, rows: int) -> None:
    limit, total = _limit(shown), shown.sum()
    grid = part.subplots(rows, COLUMNS, squeeze=False).ravel()
    for t, axes in enumerate(grid):
        bare(axes)
        if t < len(view.frames):
            _overlay(axes, _DIM * view.frames[t], GREY, shown[t], limit)
            share = f' ({100 * shown[t].sum() / total:.0f} %)' if total > 0 else ''
            axes.set_title(f'{view.frame_ids[t]}{share}')


def _draw_answer(part: Figure, view: CamView, shown: np.ndarray) -> None:
    left, right = part.subfigures(1, 2, width_ratios=(2.1, 1.4), wspace=0.03)
    plain, marked = left.subplots(1, 2)
    image, total = contrast(view.image), shown.sum(axis=0)
    limit = _limit(total)
    plain.imshow(image, **UNIT)
    plain.set_title('dynamic image')
    _overlay(marked, _DIM * image, UNIT, total, limit)
    marked.set_title('evidence, all frames' if view.per_frame else 'evidence')
    for axes in (plain, marked):
        bare(axes)
    bar = left.colorbar(ScalarMappable(Normalize(0, 1), evidence_colours()), ax=[plain, marked], location='bottom',
                        fraction=0.06, pad=0.02, aspect=40)
    bar.set_ticks([0, 1], labels=['none', 'most'])
    for label, side in zip(bar.ax.get_xticklabels(), ('left', 'right')):
        label.set_horizontalalignment(side)
    bar.ax.tick_params(length=0, pad=1)
    bar.outline.set_linewidth(0.4)
    axes = right.subplots()
    colours = [COLOURS[1] if index == view.target else '#b8c4ce' for index in range(len(view.classes))]
    axes.barh(range(len(view.classes)), view.probabilities, 0.7, color=colours)
    axes.set_yticks(range(len(view.classes)),
                    [f'{name} ✓' if name == view.truth else name for name in view.classes])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xticks=(0, 0.5, 1), title='probability')
    open_frame(axes)


def _overlay(axes: Axes, picture: np.ndarray, style: dict, values: np.ndarray, limit: float) -> None:
    axes.imshow(picture, **style)
    axes.imshow(values, cmap=evidence_colours(), vmin=0, vmax=limit, interpolation='bilinear')
