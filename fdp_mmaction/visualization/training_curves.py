"""Training curves from the scalars a run has logged."""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


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


def draw_training_curves(curves: dict[str, dict[int, float]], title: str = '') -> Figure:
    """Draw losses, recognition scores and image quality, each in its own panel where present.

    Args:
        curves (dict[str, dict[int, float]]): From :func:`collect_curves`.
        title (str): Heading. Defaults to empty.

    Returns:
        Figure: One row of panels.
    """
    panels = [
        ('training losses', 'iteration', [name for name in curves if 'loss' in name]),
        ('training accuracy', 'iteration', [name for name in curves if name == 'top1_acc']),
        ('left-out subject', 'epoch', [name for name in curves if name in ('me/ACC', 'me/UF1', 'me/UAR')]),
        ('constructed dynamic image', 'epoch', [name for name in curves if name == 'dynamic_image/PSNR']),
    ]
    panels = [panel for panel in panels if panel[2]]
    figure = Figure(figsize=(4.2 * max(len(panels), 1), 3.2), layout='constrained')
    for index, (heading, unit, names) in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), index + 1)
        for name in names:
            steps, values = zip(*sorted(curves[name].items()))
            axes.plot(steps, values, label=name.split('/')[-1], linewidth=1.3, marker='.' if len(steps) < 20 else None)
        if heading == 'training losses' and min(min(curves[n].values()) for n in names) > 0:
            axes.set_yscale('log')
        axes.set_title(heading, fontsize=10)
        axes.set_xlabel(unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure
