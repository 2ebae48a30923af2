"""Motion of the regions of a face as a figure and as a table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from fdp_mmaction.atomic import replacing
from fdp_mmaction.functional.facial_regions import REGIONS, region_ellipses
from fdp_mmaction.functional.region_motion import direction_of
from .print_style import COLUMN, GREY, bare, open_frame, print_style, short_name
from .region_view import RegionView

_COLOURS = colormaps['plasma']
_LONGEST = 0.11         # of the frame's side, the longest arrow
_LEAST = 0.2            # of the largest motion; directions of less are noise and left out
_ARROW = dict(width=0.012, headwidth=3.6, headlength=3.6, headaxislength=3.2)


def draw_regions(view: RegionView) -> Figure:
    """Draw how the regions move.

    Args:
        view (RegionView): From :func:`~fdp_mmaction.visualization.region_view.view_regions`.

    Returns:
        Figure: As wide as a column. Left the regions on the first frame, with arrows made longer; right the length of
        the mean motion of each, in pixels, with its direction, and the action units that move a region most. Colour is
        length. R and L are the subject's right and left.
    """
    length = np.nan_to_num(np.hypot(*view.motion.T))
    colours = _COLOURS(Normalize(0, max(length.max(), 1e-9))(length) * 0.92)
    with print_style():
        figure = Figure(figsize=(COLUMN, 2.4), layout='constrained')
        figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.0, hspace=0.0)
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
        _draw_face(left, view, length, colours)
        _draw_bars(right, view, length, colours)
        units = f', AU {"+".join(view.units)}' if view.units else ''
        label = f', {view.label}' if view.label else ''
        figure.suptitle(f'{short_name(view.name)}{label}{units}: frame {view.frame_ids[0]} to {view.frame_ids[1]}\n'
                        f'{view.source}')
    return figure


def _draw_face(axes: Axes, view: RegionView, length: np.ndarray, colours: np.ndarray) -> None:
    height, width = view.frame.shape
    axes.imshow(view.frame // 2 + 20, **GREY)
    low, high = view.landmarks.min(axis=0), view.landmarks.max(axis=0)
    edge, above = 0.06 * (high - low), 0.25 * (high[1] - low[1])        # above for the forehead
    axes.set(xlim=(max(low[0] - edge[0], -0.5), min(high[0] + edge[0], width - 0.5)),
             ylim=(min(high[1] + edge[1], height - 0.5), max(low[1] - above, -0.5)))
    centres, radii, angle = region_ellipses(view.landmarks)
    for centre, radius, colour in zip(centres, radii, colours):
        axes.add_patch(Ellipse(centre, *(2 * radius), angle=np.degrees(angle), facecolor=(*colour[:3], 0.35),
                               edgecolor=colour, linewidth=0.8))
    factor = max(round(_LONGEST * width / max(length.max(), 1e-9)), 1)
    seen = length > 2 * _LEAST * length.max()
    axes.quiver(*centres[seen].T, *(factor * view.motion[seen]).T, color='white', angles='xy', scale_units='xy',
                scale=1, **_ARROW)
    axes.set_title(f'arrows × {factor}')
    bare(axes)


def _draw_bars(axes: Axes, view: RegionView, length: np.ndarray, colours: np.ndarray) -> None:
    rows = np.arange(len(REGIONS))
    axes.barh(rows, length, 0.75, color=colours, edgecolor='0.3', linewidth=0.3)
    axes.set_yticks(rows, [region.side if region.side == 'L' else region.label for region in REGIONS], fontsize=5.5)
    axes.tick_params(axis='y', length=0)
    axes.set_ylim(len(REGIONS) - 0.3, -0.7)
    units = axes.secondary_yaxis('right')
    units.set_yticks(rows, ['' if region.side == 'L' else 'AU ' + ', '.join(map(str, region.units))
                            for region in REGIONS], fontsize=5.5)
    units.tick_params(length=0)
    units.spines[:].set_visible(False)
    top = max(length.max(), 1e-9)
    axes.set_xlim(0, 1.3 * top)
    seen = length > _LEAST * top
    turned = view.motion[seen] / length[seen, None]
    axes.quiver(length[seen] + 0.13 * top, rows[seen], turned[:, 0], -turned[:, 1], angles='uv', pivot='middle',
                scale_units='inches', scale=1 / 0.11, color='black', **_ARROW)
    axes.set_xlabel('mean motion (px)')
    open_frame(axes)


def write_regions(view: RegionView, path: str | Path) -> Path:
    """Write the motion as a table.

    Args:
        view (RegionView): The motion.
        path (str | Path): A ``.csv`` file: ``region``, ``action_units``, mean motion ``dx`` and ``dy`` (down) and its
            ``length`` in pixels, ``direction`` in degrees (0 to the right as seen, 90 up).

    Returns:
        Path: The file.
    """
    path = Path(path)
    with replacing(path) as partial, open(partial, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['region', 'action_units', 'dx', 'dy', 'length', 'direction'])
        for region, motion, direction in zip(REGIONS, view.motion, direction_of(view.motion)):
            numbers = ('' if np.isnan(value) else f'{value:.4f}' for value in (*motion, np.hypot(*motion)))
            writer.writerow([region.label, '+'.join(map(str, region.units)), *numbers,
                             '' if np.isnan(direction) else f'{direction:.1f}'])
    return path
