"""Training curves from the scalars a run has logged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .curve_words import loss_words
from .print_style import COLOURS, COLUMN, MARKERS, open_frame, print_style

_SCORES = ('ACC', 'UAR', 'UF1')
_LEAST = 5          # logged batches in a mean of the training accuracy
_DOTS = 20          # points; fewer get markers


def read_scalars(path: str | Path) -> list[dict]:
    """Read the ``scalars.json`` of mmengine's local backend, one JSON object per line.

    Args:
        path (str | Path): The file. A last line cut short by an interruption is left out.

    Returns:
        list[dict]: The entries in file order.
    """
    entries = []
    for line in Path(path).read_text(encoding='utf-8').splitlines():
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return entries


def collect_curves(entries: list[dict]) -> dict[str, dict[int, float]]:
    """Curves by name: losses and training accuracy over iterations, validation scores over epochs.

    Args:
        entries (list[dict]): From :func:`read_scalars`. Where a resumed run repeats a step, the last wins.

    Returns:
        dict[str, dict[int, float]]: Name -> {step: value}.
    """
    curves: dict[str, dict[int, float]] = {}
    for entry in entries:
        training = 'loss' in entry
        for name, value in entry.items():
            wanted = ('loss' in name or name == 'top1_acc') if training else '/' in name
            if wanted and isinstance(value, (int, float)):
                curves.setdefault(name, {})[int(entry.get('step', 0))] = float(value)
    return curves


def running_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of each value and its neighbours.

    Args:
        values (np.ndarray): ``(n,)``.
        width (int): Values in a mean, odd; fewer at the ends, where it stays centred.

    Returns:
        np.ndarray: ``(n,)``.
    """
    sums = np.concatenate(([0.0], np.cumsum(values)))
    place = np.arange(len(values))
    reach = np.minimum(width // 2, np.minimum(place, len(values) - 1 - place))
    return (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)


def draw_training_curves(curves: dict[str, dict[int, float]], title: str = '') -> Figure:
    """Draw losses, accuracy, recognition scores and image quality, each in its own panel where present.

    Args:
        curves (dict[str, dict[int, float]]): From :func:`collect_curves`.
        title (str): Heading. Defaults to empty.

    Returns:
        Figure: One row of panels, two columns wide. Training accuracy is logged of single batches: these are dots, the
        line is their running mean over a tenth of the training.
    """
    losses = [name for name in curves if 'loss' in name]
    scores = [f'me/{name}' for name in _SCORES if f'me/{name}' in curves]
    panels = [(_draw_losses, losses), (_draw_accuracy, [name for name in curves if name == 'top1_acc']),
              (_draw_scores, scores), (_draw_quality, [name for name in curves if name == 'dynamic_image/PSNR'])]
    panels = [panel for panel in panels if panel[1]]
    with print_style():
        figure = Figure(figsize=(2 * COLUMN * min(max(len(panels), 2) / 4 + 0.1, 1), 2.4), layout='constrained')
        for index, (draw, names) in enumerate(panels):
            axes = figure.add_subplot(1, len(panels), index + 1)
            draw(axes, {name: np.array(sorted(curves[name].items())).T for name in names})
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.grid(alpha=0.3, linewidth=0.5)
            open_frame(axes)
        if title:
            figure.suptitle(title)
    return figure


def _draw_losses(axes: Axes, curves: dict[str, np.ndarray]) -> None:
    for index, (name, (steps, values)) in enumerate(curves.items()):
        whole = name == 'loss'
        axes.plot(steps, values, label=loss_words(name), color='0.2' if whole else COLOURS[index % len(COLOURS)],
                  linewidth=1.6 if whole else 1.0, linestyle=('-', '--', '-', '-.', ':')[0 if whole else index % 5],
                  marker='.' if len(steps) < _DOTS else None, markersize=4)
    if min(values.min() for _, values in curves.values()) > 0:
        axes.set_yscale('log')
    axes.set(title='training losses', xlabel='iteration')
    _legend_below(axes)


def _draw_accuracy(axes: Axes, curves: dict[str, np.ndarray]) -> None:
    (steps, values), = curves.values()
    width = max(_LEAST, len(steps) // 10) | 1
    axes.plot(steps, values, '.', color='#9db4c6', markersize=2.5, label='one batch')
    if len(steps) > width:
        axes.plot(steps, running_mean(values, width), color=COLOURS[0], linewidth=1.3, label=f'mean of {width}')
    axes.set(title='training accuracy', xlabel='iteration', ylim=(-0.03, 1.03))
    _legend_below(axes)


def _draw_scores(axes: Axes, curves: dict[str, np.ndarray]) -> None:
    for name, (epochs, values) in curves.items():       # the first is widest, so none hides another
        rank = _SCORES.index(name.split('/')[-1])
        axes.plot(epochs, values, label=name.split('/')[-1], color=('#9fc9e8', COLOURS[4], 'black')[rank],
                  linewidth=(4.0, 1.8, 0.8)[rank], linestyle=('-', '-', '--')[rank],
                  marker=MARKERS[(0, 2, 1)[rank]] if len(epochs) < _DOTS else None, markersize=(6.5, 3.6, 2.5)[rank])
    axes.set(title='left-out subject', xlabel='epoch', ylim=(-0.03, 1.03))
    _legend_below(axes, len(curves))


def _draw_quality(axes: Axes, curves: dict[str, np.ndarray]) -> None:
    (epochs, values), = curves.values()
    axes.plot(epochs, values, color=COLOURS[0], linewidth=1.3, markersize=3,
              marker='o' if len(epochs) < _DOTS else None)
    axes.set(title='constructed dynamic image', xlabel='epoch', ylabel='PSNR (dB)')


def _legend_below(axes: Axes, columns: int = 1) -> None:
    axes.legend(loc='upper center', bbox_to_anchor=(0.5, -0.29), ncols=columns, frameon=False, borderaxespad=0,
                handlelength=1.8)
