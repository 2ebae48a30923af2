"""One clip in one figure: what changes, its dynamic images, and how its frames are ranked and weighted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .clip_ranking import ClipRanking, Ranking

_GREY = dict(cmap='gray', vmin=0, vmax=255)
_UNIT = dict(cmap='gray', vmin=0, vmax=1)
_LINES = (dict(color='C0'), dict(color='C1', linestyle='--'), dict(color='C2'), dict(color='C3', linestyle='-.'))
_FEW = 24       # frames; so few get dots


def amplified_change(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, int]:
    """Absolute difference of two frames, amplified so that a small motion can be seen.

    Args:
        first (np.ndarray): ``(H, W)`` or ``(H, W, 3)`` uint8.
        second (np.ndarray): Same shape.

    Returns:
        tuple[np.ndarray, int]: ``(H, W)`` in [0, 255], colours averaged, and the whole factor of at least 1 that
        takes all but the strongest half per cent of pixels to at most 255.
    """
    change = np.abs(second.astype(np.float64) - first)
    change = change.mean(axis=2) if change.ndim == 3 else change
    factor = max(int(255 / max(np.percentile(change, 99.5), 1)), 1)
    return np.minimum(factor * change, 255), factor


def contrast(image: np.ndarray) -> np.ndarray:
    """Stretch a picture so that all but the strongest half per cent of its values fill [0, 1].

    Args:
        image (np.ndarray): Any shape.

    Returns:
        np.ndarray: Same shape; 0.5 where the image is constant.
    """
    low, high = np.percentile(image, (0.25, 99.75))
    return np.clip((image - low) / (high - low), 0, 1) if high > low else np.full(image.shape, 0.5)


def draw_clip_ranking(result: ClipRanking) -> Figure:
    """Draw a clip: onset, apex, their difference and the dynamic images above; scores and weights below.

    Args:
        result (ClipRanking): From :func:`~fdp_mmaction.visualization.clip_ranking.rank_clip`.

    Returns:
        Figure: Scores are shifted to begin at 0 and divided by their largest absolute value, weights by theirs: only
        order and shape mean anything. Dynamic images are shown with more contrast, see :func:`contrast`.
    """
    clip, peak = result.clip, result.peak_index
    change, factor = amplified_change(clip.frames[0], clip.frames[peak])
    second = 'apex' if clip.apex is not None else 'largest change'
    panels = [
        (f'first frame ({clip.frame_ids[0]})', clip.frames[0], _GREY),
        (f'{second} ({clip.frame_ids[peak]})', clip.frames[peak], _GREY),
        (f'|difference| × {factor}', change, dict(cmap='magma', vmin=0, vmax=255)),
        *[(ranking.name, contrast(ranking.image), _UNIT) for ranking in result.rankings if ranking.image is not None]]
    aspect = clip.frames.shape[1] / clip.frames.shape[2]
    count = len(panels)
    cell = 2.1 if count < 6 else 1.9
    figure = Figure(figsize=(cell * count + 0.3, cell * min(aspect, 1.4) + 3.5), layout='constrained')
    upper, lower = figure.subfigures(2, 1, height_ratios=(cell * min(aspect, 1.4) + 0.5, 3.0))
    for axes, (title, image, style) in zip(upper.subplots(1, count), panels):
        axes.imshow(image, **style)
        axes.set_title(title, fontsize=9)
        axes.set_axis_off()
    scores, weights = lower.subplots(1, 2, width_ratios=(1.35, 1))
    _draw_curves(scores, result, lambda ranking: ranking.scores - ranking.scores[0])
    ranked = 'running means of the frames' if result.smooth else 'frames'
    scores.set_title(f'rank scores of the {ranked}', fontsize=9)
    _draw_curves(weights, result, lambda ranking: ranking.weights)
    weights.axhline(0, color='0.5', linewidth=0.8, zorder=0)
    weights.set_title('pooling weights of the frames', fontsize=9)
    handles, labels = scores.get_legend_handles_labels()
    lower.legend(handles, labels, loc='outside lower center', ncols=len(handles), fontsize=8, frameon=False,
                 title='per cent: pairs whose scores are in the order of time', title_fontsize=8)
    label = f', {clip.label}' if clip.label else ''
    figure.suptitle(f'{clip.name}{label}', fontsize=10)
    return figure


def _draw_curves(axes: Axes, result: ClipRanking, values: Callable[[Ranking], np.ndarray | None]) -> None:
    for ranking, line in zip(result.rankings, _LINES):
        curve = values(ranking)
        if curve is not None:
            label = f'{ranking.name}: {100 * ranking.order:.1f} %'
            axes.plot(ranking.frame_ids, curve / (np.abs(curve).max() or 1), label=label, linewidth=1.4,
                      marker='o' if len(curve) <= _FEW else None, markersize=4, **line)
    if result.clip.apex is not None:
        axes.axvline(result.clip.apex, color='0.35', linewidth=1, linestyle=':', label='apex')
    axes.set_xlabel('frame', fontsize=9)
    axes.tick_params(labelsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
