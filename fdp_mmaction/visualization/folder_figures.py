"""A prepared folder as figures: its counts, what its classes look like, and its apex frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .clip_sources import clip_of_record
from .folder_summary import ClassMeans, FolderSummary
from .print_style import COLUMN, GREY, bare, class_marks, open_frame, print_style, short_name

_LEGIBLE = 30       # subjects; so few have room for numbers in the cells
_FEW_TO_MANY = ListedColormap(colormaps['Blues'](np.linspace(0, 0.6, 256)), 'few')      # black can be read on it
_FULL = 98          # per cent of the pixels are below full colour; the rest are eyelids


def draw_overview(summary: FolderSummary) -> Figure:
    """Draw counts by class and subject, and durations by class.

    Args:
        summary (FolderSummary): Of the folder.

    Returns:
        Figure: As wide as a column. Counts are numbers for up to 30 subjects, else a bar tells the colours. Boxes go
        from quartile to quartile with the median marked, lines from the shortest ME to the longest.
    """
    rows = len(summary.groups)
    upper, lower = 0.6 + 0.17 * rows, 0.35 + 0.19 * rows
    with print_style():
        figure = Figure(figsize=(COLUMN, upper + lower), layout='constrained')
        counts, durations = figure.subplots(2, 1, height_ratios=(upper - 0.55, lower - 0.3))
        _draw_counts(counts, summary)
        _draw_durations(durations, summary)
        figure.suptitle(f'{summary.name}: {summary.counts.sum()} MEs of {len(summary.subjects)} subjects')
    return figure


def _draw_counts(axes: Axes, summary: FolderSummary) -> None:
    counts = summary.counts
    top = counts.max() if counts.min() < counts.max() else 2 * counts.max()     # all the same: neither few nor many
    shown = axes.imshow(counts, cmap=_FEW_TO_MANY, vmin=0, vmax=top, aspect='auto', interpolation='nearest')
    axes.set_yticks(range(len(counts)),
                    [f'{name} ({total})' for name, total in zip(summary.groups, counts.sum(axis=1))])
    step = max(1, -(-len(summary.subjects) // 30))
    axes.set_xticks(range(0, len(summary.subjects), step), summary.subjects[::step], rotation=90, fontsize=5.5)
    if len(summary.subjects) <= _LEGIBLE:
        for row, column in np.ndindex(*counts.shape):
            axes.text(column, row, counts[row, column], ha='center', va='center', fontsize=5.5,
                      color='0.6' if counts[row, column] == 0 else 'black')
        return
    bar = axes.figure.colorbar(shown, ax=axes, fraction=0.04, pad=0.02)
    bar.ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    bar.outline.set_linewidth(0.4)


def _draw_durations(axes: Axes, summary: FolderSummary) -> None:
    names = list(summary.groups)
    marks = class_marks(summary.order or names)
    for row, (name, lengths) in enumerate(zip(names, summary.durations)):
        least, low, middle, high, most = np.percentile(lengths, (0, 25, 50, 75, 100))
        axes.hlines([row, row], [least, high], [low, most], color='0.3', linewidth=0.7)
        axes.barh(row, high - low, 0.6, left=low, color=marks[name]['color'], edgecolor='0.3', linewidth=0.5)
        axes.vlines(middle, row - 0.3, row + 0.3, color='white', linewidth=1.5)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, None)
    axes.set_xlabel('duration, onset to offset ' + (f'(ms, {summary.fps:g} frames per second)' if summary.fps
                                                    else '(frames)'))
    open_frame(axes)


def draw_class_means(means: Mapping[str, ClassMeans], name: str) -> Figure:
    """Draw the mean face, the mean change from onset to apex and the mean dynamic image of every class.

    Args:
        means (Mapping[str, ClassMeans]): By class.
        name (str): Of the dataset.

    Returns:
        Figure: As wide as a column, a column per class. Change is the absolute difference of onset and apex. Each
        row has one scale. In dynamic images purple is what grows
        darker in the course of the ME, orange what grows lighter.
    """
    columns = len(means)
    cell = (COLUMN - 0.25) / max(columns, 2)
    image = max(float(np.percentile(np.abs([mean.image for mean in means.values()]), _FULL)), 1e-9)
    change = max(float(np.percentile([mean.change for mean in means.values()], _FULL)), 1e-9)
    rows = (('mean onset', 'face', GREY), ('mean change', 'change', dict(cmap='magma', vmin=0, vmax=change)),
            ('dynamic image', 'image', dict(cmap='PuOr_r', vmin=-image, vmax=image)))
    with print_style():
        figure = Figure(figsize=(COLUMN, 0.5 + cell * len(rows)), layout='constrained')
        figure.get_layout_engine().set(w_pad=0.01, h_pad=0.02, wspace=0.0, hspace=0.0)
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for column, (label, mean) in enumerate(means.items()):
            for axes, (heading, field, style) in zip(grid[:, column], rows):
                axes.imshow(getattr(mean, field), **style)
                bare(axes)
                if column == 0:
                    axes.set_ylabel(heading, fontsize=5.5)
            grid[0, column].set_title(f'{label}\n({mean.count})')
        figure.suptitle(f'{name}: means of the classes')
    return figure


def draw_apexes(summary: FolderSummary, per_class: int = 8) -> Figure:
    """Draw a contact sheet of apex frames.

    Args:
        summary (FolderSummary): Of the folder.
        per_class (int): MEs shown of a class at most, of different subjects first. Defaults to 8.

    Returns:
        Figure: Two columns wide, a row per class; where the apex is not known, the middle frame stands for it.

    Raises:
        DatasetError: If a clip cannot be read.
    """
    width = 2 * COLUMN + 0.1
    columns = min(per_class, max(map(len, summary.groups.values())))
    cell = (width - 0.2) / max(columns, 4)
    with print_style():
        figure = Figure(figsize=(width, 0.3 + (cell + 0.18) * len(summary.groups)), layout='constrained')
        figure.get_layout_engine().set(w_pad=0.01, h_pad=0.03, wspace=0.0, hspace=0.0)
        grid = figure.subplots(len(summary.groups), columns, squeeze=False)
        for row, (name, records) in zip(grid, summary.groups.items()):
            for axes in row:
                bare(axes)
            row[0].set_ylabel(f'{name} ({len(records)})')
            for axes, record in zip(row, spread_over_subjects(records)):
                clip = clip_of_record(record)
                apex = len(clip.frames) // 2 if clip.apex_index is None else clip.apex_index
                axes.imshow(clip.frames[apex], **GREY)
                units = '+'.join(record.get('action_units') or [])
                axes.set_title(short_name(clip.name) + (f'\nAU {units}' if units else ''), fontsize=5.5)
        figure.suptitle(f'{summary.name}: apex frames')
    return figure


def spread_over_subjects(records: list) -> list:
    """Records in an order in which every subject comes once before any comes again.

    Args:
        records (list): With ``subject``.

    Returns:
        list: The same records.
    """
    seen: dict[str, int] = {}
    order = []
    for index, record in enumerate(records):
        turn = seen[record['subject']] = seen.get(record['subject'], -1) + 1
        order.append((turn, index))
    return [records[index] for _, index in sorted(order)]
