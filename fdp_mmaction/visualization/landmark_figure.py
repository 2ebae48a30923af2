"""Landmarks of a clip as a figure: where they are, and how they move."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fdp_mmaction.functional.head_motion import common_motion
from .flow_figure import landmark_errors
from .flow_view import PREDICTED, FlowView
from .print_style import COLUMN, COLOURS, GREY, bare, open_frame, print_style, short_name

COLUMNS = 4
STYLES = {'true': dict(color='#f0e442', marker='o'), PREDICTED: dict(color='#56b4e9', marker='x')}
"""Yellow dots and blue crosses, on a dimmed frame."""
_LINES = {'true': dict(color=COLOURS[4], marker='o', linestyle='-'),
          PREDICTED: dict(color=COLOURS[0], marker='x', linestyle='--')}
_ARROW = 0.07       # of the frame's side, the longest
_LOWER = 1.5        # inches, of the last row


def draw_landmarks(view: FlowView) -> Figure:
    """Draw the landmarks of every frame, and their motion from the first frame.

    Args:
        view (FlowView): With landmarks, true or predicted or both.

    Returns:
        Figure: As wide as a column. Frames with landmarks and, where both are there, their normalised mean error
        (between the pupils); below, their motion from the first frame, without that of the head
        (:func:`~fdp_mmaction.functional.head_motion.common_motion`): as arrows, made longer, to the frame where it is
        largest, and its mean length by frame.
    """
    count = len(view.frames)
    rows, cell = -(-count // COLUMNS), COLUMN / COLUMNS
    with print_style():
        figure = Figure(figsize=(COLUMN, 0.2 + (cell + 0.1) * rows + _LOWER), layout='constrained')
        figure.get_layout_engine().set(w_pad=0.015, h_pad=0.02, wspace=0.0, hspace=0.0)
        upper, lower = figure.subfigures(2, 1, height_ratios=((cell + 0.1) * rows, _LOWER))
        errors = landmark_errors(view)
        for t, axes in enumerate(upper.subplots(rows, COLUMNS, squeeze=False).ravel()):
            bare(axes)
            if t < count:
                _draw_frame(axes, view, t)
                axes.set_title(f'{view.frame_ids[t]}' + (f', NME {100 * errors[t]:.1f} %' if t in errors else ''))
        arrows, curves = lower.subplots(1, 2, width_ratios=(1, 1.15))
        common = min(map(len, view.landmarks.values()))
        paths = {name: points[-common:] for name, points in view.landmarks.items()}
        moves = {name: np.stack([now - points[0] - common_motion(points[0], now - points[0]) for now in points])
                 for name, points in paths.items()}
        lengths = {name: np.linalg.norm(move, axis=2).mean(axis=1) for name, move in moves.items()}
        last = max(int(next(iter(lengths.values())).argmax()), 1)
        _draw_arrows(arrows, view, {name: (points[0], moves[name][last]) for name, points in paths.items()},
                     count - common, count - common + last)
        for name, length in lengths.items():
            curves.plot(view.frame_ids[count - common:], length, markersize=3, linewidth=1, label=name, **_LINES[name])
        curves.set(xlabel='frame', ylim=(0, None))
        curves.set_title('mean motion (px)')
        curves.legend(frameon=False)
        open_frame(curves)
        label = f', {view.label}' if view.label else ''
        figure.suptitle(f'{short_name(view.name)}{label}')
    return figure


def _draw_frame(axes: Axes, view: FlowView, t: int) -> None:
    height, width = view.frames.shape[1:]
    axes.imshow(view.frames[t] // 2 + 20, **GREY)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    for name, points in view.landmarks.items():
        first = len(view.frames) - len(points)
        if t >= first:
            axes.plot(*points[t - first].T, linestyle='', markersize=1.6, markeredgewidth=0.5, **STYLES[name])


def _draw_arrows(axes: Axes, view: FlowView, moves: Mapping[str, tuple[np.ndarray, np.ndarray]], first: int,
                 last: int) -> None:
    height, width = view.frames.shape[1:]
    longest = max(max(np.linalg.norm(move, axis=1).max() for _, move in moves.values()), 1e-6)
    factor = max(round(_ARROW * width / longest), 1)
    axes.imshow(view.frames[first] // 2 + 20, **GREY)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    for name, (start, move) in moves.items():
        axes.quiver(*start.T, *(factor * move).T, color=STYLES[name]['color'], angles='xy', scale_units='xy', scale=1,
                    width=0.008, headwidth=4, headlength=4, headaxislength=3.5, minlength=0.3)
    axes.set_title(f'{view.frame_ids[first]} to {view.frame_ids[last]}, × {factor}')
    bare(axes)
