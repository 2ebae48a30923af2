"""The motion of a clip in one figure: landmarks on its frames, and its flow as colours and as arrows."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fdp_mmaction.functional.flow_errors import flow_errors
from fdp_mmaction.functional.normalised_mean_error import normalised_mean_error

from .flow_colours import colour_wheel, flow_to_rgb
from .flow_view import PREDICTED, FlowView

ARROWS = 11
"""Arrows along the side of a frame."""
_COLOURS = {'true': '#37d67a', PREDICTED: '#ff4d6d'}
_ARROW_COLOUR = '#ffd166'
_CELL = 1.45      # inches


def flow_limit(flow: np.ndarray) -> float:
    """The length that colours and arrows are drawn for: all but the longest half per cent of vectors reach to it.

    Args:
        flow (np.ndarray): ``(..., 2, H, W)`` in pixels.

    Returns:
        float: In pixels, at least 0.01.
    """
    return max(float(np.percentile(np.hypot(flow[..., 0, :, :], flow[..., 1, :, :]), 99.5)), 0.01)


def draw_flow(view: FlowView, limit: float | None = None) -> Figure:
    """Draw a clip's motion, a column per frame.

    Args:
        view (FlowView): The clip.
        limit (float, optional): Length of full colour in pixels. Defaults to None, that of :func:`flow_limit` for the
            first flow; the same for all pairs and sources, so they can be compared.

    Returns:
        Figure: Frames with landmarks above; then for each source a row of colours and a row of arrows. Flow stands
        under the frame that it starts from, the key to the colours under the last one.
    """
    sources = list(view.flows.items())
    limit = flow_limit(sources[0][1]) if limit is None and sources else limit or 1.0
    rows, columns = 1 + 2 * len(sources), len(view.frames)
    aspect = view.frames.shape[1] / view.frames.shape[2]
    figure = Figure(figsize=(_CELL * columns + 0.4, _CELL * aspect * rows + 0.75), layout='constrained')
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_xticks([])
        axes.set_yticks([])
    _draw_frames(grid[0], view)
    step = view.frames.shape[2] / ARROWS
    factor = _round_down(1.5 * step / limit)
    for index, (name, flow) in enumerate(sources):
        colours, arrows = grid[1 + 2 * index], grid[2 + 2 * index]
        for t, field in enumerate(flow):
            colours[t].imshow(flow_to_rgb(field, limit))
            _draw_arrows(arrows[t], view.frames[t], field, factor, step)
        colours[0].set_ylabel(name, fontsize=8)
        arrows[0].set_ylabel(f'{name}, arrows × {factor:g}', fontsize=8)
        _write(arrows[-1], _summary(view, name))
        if index == 0:
            _draw_key(colours[-1], limit)
        else:
            colours[-1].set_axis_off()
    label = f', {view.label}' if view.label else ''
    figure.suptitle(f'{view.name}{label}', fontsize=10)
    return figure


def _draw_frames(row: np.ndarray, view: FlowView) -> None:
    frames = len(view.frames)
    errors = landmark_errors(view)
    for t, axes in enumerate(row):
        _draw_frame(axes, view.frames[t], dimmed=bool(view.landmarks))
        axes.set_title(f'{view.frame_ids[t]}' + (f' (NME {100 * errors[t]:.1f} %)' if t in errors else ''), fontsize=8)
        shown = {name: points[t - frames + len(points)] for name, points in view.landmarks.items()
                 if t >= frames - len(points)}
        if len(shown) == 2:
            axes.plot(*np.stack(list(shown.values())).transpose(2, 0, 1), color='white', linewidth=0.5)
        for name, points in shown.items():
            axes.plot(*points.T, '.', color=_COLOURS[name], markersize=2.6, markeredgewidth=0, label=name)
    row[0].set_ylabel('frames' + (', landmarks' if view.landmarks else ''), fontsize=8)
    if view.landmarks:
        row[-1].legend(fontsize=6, loc='lower right', markerscale=3, handletextpad=0.1, borderpad=0.2, labelspacing=0.2)


def landmark_errors(view: FlowView) -> dict[int, float]:
    """Normalised mean error of the predicted landmarks by position of the frame; empty if one of the two is missing."""
    if not {'true', PREDICTED} <= view.landmarks.keys():
        return {}
    predicted = view.landmarks[PREDICTED]
    first = len(view.frames) - len(predicted)
    pair = (torch.from_numpy(np.asarray(points, np.float64)) for points in (predicted, view.landmarks['true'][first:]))
    return {first + t: float(error) for t, error in enumerate(normalised_mean_error(*pair))}


def _draw_arrows(axes: Axes, frame: np.ndarray, flow: np.ndarray, factor: float, step: float) -> None:
    height, width = frame.shape
    x = np.arange(step / 2, width - 0.5, step).astype(int)
    y = np.arange(step / 2, height - 0.5, step).astype(int)
    u, v = factor * flow[:, y[:, None], x]
    _draw_frame(axes, frame, dimmed=True)
    axes.quiver(x, y, u, v, color=_ARROW_COLOUR, angles='xy', scale_units='xy', scale=1, width=0.009, headwidth=4,
                headlength=4, headaxislength=3.5, minlength=0.6)


def _draw_frame(axes: Axes, frame: np.ndarray, dimmed: bool) -> None:
    """A frame that keeps its place, dimmed where something is drawn upon it."""
    height, width = frame.shape
    axes.imshow(frame // 2 + 20 if dimmed else frame, cmap='gray', vmin=0, vmax=255)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axes.set_autoscale_on(False)


def _draw_key(axes: Axes, limit: float) -> None:
    axes.imshow(colour_wheel(), extent=(-1, 1, 1, -1))
    axes.set(xlim=(-1.6, 1.6), ylim=(1.6, -1.6))
    axes.set_frame_on(False)
    axes.text(0, 1.12, f'{limit:.2g} px', fontsize=8, ha='center', va='top')


def _summary(view: FlowView, name: str) -> str:
    reference = next(iter(view.flows))
    flow = view.flows[name]
    moved = f'mean motion\n{flow_errors(np.zeros_like(flow), flow)["EPE"]:.3f} px'
    if name == reference:
        return moved
    errors = flow_errors(flow, view.flows[reference])
    return f'{moved}\n\nto {reference}:\nEPE {errors["EPE"]:.3f} px\n(zero flow {errors["EPE_zero"]:.3f})'


def _write(axes: Axes, text: str) -> None:
    axes.set_frame_on(False)
    axes.text(0.5, 0.5, text, fontsize=8, ha='center', va='center', transform=axes.transAxes)


def _round_down(value: float) -> float:
    """To one leading digit, so that a factor reads well."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(np.floor(value / power) * power)
