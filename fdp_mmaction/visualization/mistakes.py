"""MEs that were taken for something else, to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from fdp_mmaction.functional.dynamic_image import dynamic_image, rescale_dynamic_image
from .clip import Clip
from .clip_figure import contrast

_GREY = dict(cmap='gray', vmin=0, vmax=255)
_UNIT = dict(cmap='gray', vmin=0, vmax=1)


@dataclass(frozen=True)
class Mistake:
    """An ME and what it was taken for.

    Args:
        clip (Clip): Its frames.
        truth (str): True class.
        taken_for (str): Predicted class.
        text (str): What else is to be said, such as scores. Defaults to empty.
    """

    clip: Clip
    truth: str
    taken_for: str
    text: str = ''


def draw_mistakes(mistakes: Sequence[Mistake], title: str = '', columns: int = 2, width: float = 4.5) -> Figure:
    """Draw a contact sheet: onset, apex and dynamic image of each ME.

    Args:
        mistakes (Sequence[Mistake]): At least one.
        title (str): Heading. Defaults to empty.
        columns (int): MEs side by side. Defaults to 2.
        width (float): Of one of them, in inches. Defaults to 4.5.

    Returns:
        Figure: Where the apex is not known, the middle frame stands for it and is named so. Dynamic images are shown
        with more contrast, see :func:`~fdp_mmaction.visualization.clip_figure.contrast`.
    """
    columns = min(columns, len(mistakes))
    rows = math.ceil(len(mistakes) / columns)
    figure = Figure(figsize=(width * columns, (width / 3 + 0.4) * rows + 0.5), layout='constrained')
    cells = figure.subfigures(rows, columns, squeeze=False, hspace=0.03, wspace=0.03)
    for cell, mistake in zip(cells.ravel(), mistakes):
        clip = mistake.clip
        apex = clip.apex_index
        middle = len(clip.frames) // 2 if apex is None else apex
        image = contrast(rescale_dynamic_image(dynamic_image(clip.frames)))
        panels = [(f'onset ({clip.frame_ids[0]})', clip.frames[0], _GREY),
                  (f'{"middle" if apex is None else "apex"} ({clip.frame_ids[middle]})', clip.frames[middle], _GREY),
                  ('dynamic image', image, _UNIT)]
        for axes, (name, picture, style) in zip(cell.subplots(1, len(panels)), panels):
            axes.imshow(picture, **style)
            axes.set_xlabel(name, fontsize=7)
            axes.set_xticks([])
            axes.set_yticks([])
        extra = f', {mistake.text}' if mistake.text else ''
        cell.suptitle(f'{clip.name}\n{mistake.truth} → {mistake.taken_for}{extra}', fontsize=8)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure
