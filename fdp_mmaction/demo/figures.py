"""Pictures of an answer."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fdp_mmaction.apis.prediction import ClipPrediction, VideoPrediction
from fdp_mmaction.visualization.clip_figure import contrast
from fdp_mmaction.visualization.flow_figure import draw_flow
from fdp_mmaction.visualization.flow_view import PREDICTED, FlowView

_SHOWN = '#d55e00'      # of Okabe and Ito's colours, which all eyes can tell apart
_OTHERS = '#8c9bab'
_SCORES = 'cividis'


def png(picture: Figure | np.ndarray, dpi: int = 120) -> bytes:
    """A picture as a PNG file.

    Args:
        picture (Figure | np.ndarray): A figure; or ``(H, W)`` or ``(H, W, 3)`` RGB, uint8.
        dpi (int): Dots per inch of a figure. Defaults to 120.

    Returns:
        bytes: The file's content.
    """
    if isinstance(picture, Figure):
        buffer = BytesIO()
        picture.savefig(buffer, dpi=dpi, format='png', bbox_inches='tight', pad_inches=0.08)
        return buffer.getvalue()
    picture = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture
    return cv2.imencode('.png', picture)[1].tobytes()


def as_grey(image: np.ndarray) -> np.ndarray:
    """An image as grey levels, with more contrast.

    Args:
        image (np.ndarray): ``(H, W)`` of any range.

    Returns:
        np.ndarray: ``(H, W)`` uint8; all but the strongest half per cent of its values fill the range.
    """
    return np.rint(255 * contrast(image)).astype(np.uint8)


def strongest(prediction: VideoPrediction) -> int:
    """The clip with the highest score of any class, the first of equals.

    Args:
        prediction (VideoPrediction): With at least one clip.

    Returns:
        int: Its index.
    """
    return int(prediction.scores.max(axis=1).argmax())


def nearest(prediction: VideoPrediction, moment: float) -> int:
    """The clip whose middle is nearest to a moment, the first of equals.

    Args:
        prediction (VideoPrediction): With at least one clip.
        moment (float): On the axis of :func:`positions`.

    Returns:
        int: Its index.
    """
    return int(np.abs(_bounds(prediction).mean(axis=1) - moment).argmin())


def positions(prediction: VideoPrediction, numbers: np.ndarray) -> np.ndarray:
    """Where frames lie on the time axis.

    Args:
        prediction (VideoPrediction): The video.
        numbers (np.ndarray): ``(M,)`` frame numbers.

    Returns:
        np.ndarray: ``(M,)`` float64: seconds where they are known, else the numbers.
    """
    if prediction.times is None:
        return np.asarray(numbers, dtype=np.float64)
    return np.array([prediction.seconds(int(number)) for number in numbers], dtype=np.float64)


def draw_timeline(prediction: VideoPrediction, shown: int, truth: tuple[int, int] | None = None, narrow: bool = False,
                  chosen: bool = False) -> Figure:
    """Class scores of all windows over time, and below the rank scores of the frames in them.

    Args:
        prediction (VideoPrediction): With at least one clip.
        shown (int): Index of the clip that the rest of the page shows; marked.
        truth (tuple[int, int], optional): First and last frame of the micro-expression, where it is known. Defaults to
            None.
        narrow (bool): For a telephone. Defaults to False.
        chosen (bool): The clip that is shown was asked for, and may not be the strongest. Defaults to False.

    Returns:
        Figure: One panel, or two of a model that ranks frames.
    """
    ranked = prediction.clips[shown].rank_scores is not None
    rows = len(prediction.classes)
    heights = [0.34 * rows + 0.25, 1.5] if ranked else [0.34 * rows + 0.25]
    size = (4.0 if narrow else 9.0, sum(heights) + 1.15)
    figure = Figure(figsize=size, layout='constrained', facecolor='white')
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    _draw_scores(figure, panels[0], prediction, narrow)
    if ranked:
        _draw_ranks(panels[1], prediction, shown)
    clip = prediction.clips[shown]
    begin, end = positions(prediction, np.array([clip.onset, clip.offset]))
    for panel in panels:
        panel.axvspan(begin, end, facecolor='none', edgecolor=_SHOWN, linewidth=1.6, zorder=5)
        if truth is not None:
            for edge in positions(prediction, np.array(truth)):
                panel.axvline(edge, color='black', linewidth=1.1, linestyle=':', zorder=4)
        panel.tick_params(labelsize=9)
    first, last = positions(prediction, prediction.frame_ids[[0, -1]])
    panels[0].set_xlim(first, max(last, first + 1e-6))
    panels[-1].set_xlabel('frame' if prediction.times is None else 'seconds', fontsize=9)
    note = f'box: the {"chosen" if chosen else "strongest"}' + ('' if truth is None else '; dotted: true onset, offset')
    title = note if narrow else f'class scores of the windows, each at its middle ({note})'
    panels[0].set_title(title, fontsize=9, loc='left')
    return figure


def _bounds(prediction: VideoPrediction) -> np.ndarray:
    return np.array([positions(prediction, np.array([clip.onset, clip.offset])) for clip in prediction.clips])


def _draw_scores(figure: Figure, panel: Axes, prediction: VideoPrediction, narrow: bool) -> None:
    """Every window is a column as wide as its distance to the neighbours."""
    bounds = _bounds(prediction)
    if len(bounds) > 1:
        middles = bounds.mean(axis=1)
        between = (middles[1:] + middles[:-1]) / 2
        edges = np.concatenate([[2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]])
    else:
        edges = bounds[0]
    rows = len(prediction.classes)
    mesh = panel.pcolormesh(edges, np.arange(rows + 1) - 0.5, prediction.scores.T, vmin=0, vmax=1, cmap=_SCORES)
    panel.set_yticks(range(rows), prediction.classes, fontsize=9)
    panel.set_ylim(rows - 0.5, -0.5)
    panel.set_facecolor('#ececec')      # where no window has its middle
    panel.tick_params(axis='y', length=0)
    bar = figure.colorbar(mesh, ax=panel, fraction=0.03 if narrow else 0.015, pad=0.01, ticks=[0, 0.5, 1])
    bar.ax.tick_params(labelsize=8)


def _draw_ranks(panel: Axes, prediction: VideoPrediction, shown: int) -> None:
    for index, clip in enumerate(prediction.clips):
        style = dict(color=_SHOWN, linewidth=1.8, marker='o', markersize=3.5, zorder=3) if index == shown else dict(
            color=_OTHERS, linewidth=0.6, alpha=0.5)
        panel.plot(positions(prediction, clip.frames), clip.rank_scores, **style)
    panel.set_ylabel('rank score', fontsize=9)
    panel.grid(alpha=0.25)
    panel.spines[['top', 'right']].set_visible(False)


def draw_motion(clip: ClipPrediction, name: str) -> Figure:
    """Flow and landmarks that a model found in a clip.

    Args:
        clip (ClipPrediction): With ``images``, and with ``flow`` or ``landmarks``.
        name (str): For the heading.

    Returns:
        Figure: A column per frame.
    """
    flows = {} if clip.flow is None else {PREDICTED: clip.flow}
    landmarks = {} if clip.landmarks is None else {PREDICTED: clip.landmarks}
    return draw_flow(FlowView(name, clip.images, clip.frames, flows, landmarks))
