"""What a model says of a video, in one figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fdp_mmaction.visualization.figures import save_figure
from fdp_mmaction.visualization.flow_colours import colour_wheel, flow_to_rgb
from fdp_mmaction.visualization.flow_figure import flow_limit

from .prediction import ClipPrediction, VideoPrediction

_WIDTH = 7.6                                    # inches
_SHOWN = 8                                      # frames of a video above its windows
_OTHERS, _WINNER, _LINE, _DOTS = '#a9bccb', '#2f6f9f', '#2f6f9f', '#ffd166'


def draw_prediction(video: VideoPrediction) -> Figure:
    """Draw a prediction.

    Args:
        video (VideoPrediction): With at least one clip.

    Returns:
        Figure: Of one clip: the frames that the network saw with the landmarks that it found, the flow between them,
        the score of each class, rank scores and dynamic image, as far as the model gives them. Of windows: frames of
        the video, and the scores over time.

    Raises:
        ValueError: If there is no prediction.
    """
    if not video.clips:
        raise ValueError(f'{video.source} has no prediction to draw: {video.error}')
    return _draw_windows(video) if video.windows else _draw_clip(video, video.clips[0])


def picture_of(figure: Figure, dpi: int = 120) -> np.ndarray:
    """A figure as an image.

    Args:
        figure (Figure): The figure.
        dpi (int): Dots per inch. Defaults to 120.

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8 RGB.
    """
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def file_names(videos: Sequence[VideoPrediction]) -> list[str]:
    """A different file name for each video, without ending.

    Args:
        videos (Sequence[VideoPrediction]): The predictions.

    Returns:
        list[str]: The name of the file or folder; where two agree, a number follows.
    """
    names: list[str] = []
    for video in videos:
        path = Path(video.source)
        stem = path.stem if path.suffix[1:].isalnum() else path.name
        name = stem = re.sub(r'[^\w.-]+', '_', stem).strip('._') or 'video'
        number = 1
        while name.casefold() in {other.casefold() for other in names}:
            number += 1
            name = f'{stem}-{number}'
        names.append(name)
    return names


def save_prediction_figures(videos: Sequence[VideoPrediction], folder: str | Path) -> list[Path | None]:
    """Write a figure of each video.

    Args:
        videos (Sequence[VideoPrediction]): The predictions.
        folder (str | Path): Where to.

    Returns:
        list[Path | None]: The files; None for videos that failed.
    """
    return [save_figure(draw_prediction(video), Path(folder, f'{name}.png')) if video.clips else None
            for video, name in zip(videos, file_names(videos))]


def _draw_clip(video: VideoPrediction, clip: ClipPrediction) -> Figure:
    images = video.aligned_frames(clip.frames) if clip.images is None else clip.images
    count = max(len(images), 4)
    cell = _WIDTH / count
    heights = [cell + 0.35] + ([cell + 0.05] if clip.flow is not None else []) + [2.0]
    figure = Figure(figsize=(_WIDTH, sum(heights) + 0.3), layout='constrained')
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    rows = figure.subfigures(len(heights), 1, height_ratios=heights)
    _draw_images(rows[0].subplots(1, count), images, [str(number) for number in clip.frames], clip.landmarks)
    if clip.flow is not None:
        _draw_flow(rows[1].subplots(1, count), clip.flow)
    widths = [1.0] + [1.15] * (clip.rank_scores is not None) + [0.9] * (clip.dynamic_image is not None)
    widths = widths if len(widths) > 1 else [1.0, 1.15]      # the class alone need not be so wide
    lower = list(np.atleast_1d(rows[-1].subplots(1, len(widths), width_ratios=widths)))
    _draw_scores(lower.pop(0), video.classes, clip)
    if len(widths) == 2 and clip.rank_scores is None and clip.dynamic_image is None:
        lower[0].set_axis_off()
    if clip.rank_scores is not None:
        _draw_rank_scores(lower.pop(0), clip)
    if clip.dynamic_image is not None:
        lower[0].imshow(clip.dynamic_image, cmap='gray', vmin=0, vmax=1)
        lower[0].set_title('constructed dynamic image', fontsize=9)
        lower[0].set_axis_off()
    figure.suptitle(f'{_title(video)}: {clip.class_name}, {clip.score:.2f}', fontsize=10)
    return figure


def _draw_images(axes: np.ndarray, images: np.ndarray, titles: Sequence[str], landmarks: np.ndarray | None = None
                 ) -> None:
    for panel in axes:
        panel.set_axis_off()
    for panel, image, title in zip(axes, images, titles):
        panel.imshow(image, cmap='gray', vmin=0, vmax=255)
        panel.set_title(title, fontsize=8)
    if landmarks is not None:
        size = (1.4 * 64 / images.shape[2]) ** 2 * images.shape[2] / 64
        for panel, points in zip(axes[len(images) - len(landmarks):], landmarks):
            panel.scatter(points[:, 0], points[:, 1], s=max(size, 0.8), color=_DOTS, linewidths=0)


def _draw_flow(axes: np.ndarray, flow: np.ndarray) -> None:
    limit = flow_limit(flow)
    for panel in axes:
        panel.set_axis_off()
    for panel, field in zip(axes, flow):
        panel.imshow(flow_to_rgb(field, limit))
    key = axes[len(flow)] if len(flow) < len(axes) else None
    if key is not None:
        key.imshow(colour_wheel())
        key.set_title(f'flow, to {limit:.2f} px', fontsize=7, y=-0.24)


def _draw_scores(panel: Axes, classes: Sequence[str], clip: ClipPrediction) -> None:
    panel.barh(range(len(classes)), clip.scores, color=[
        _WINNER if index == clip.label else _OTHERS for index in range(len(classes))])
    panel.set_yticks(range(len(classes)), classes, fontsize=8)
    for index, score in enumerate(clip.scores):
        inside = score > 0.8
        panel.annotate(f'{score:.2f}', (score, index), (-3 if inside else 3, 0), textcoords='offset points', fontsize=7,
                       va='center', ha='right' if inside else 'left', color='white' if inside else 'black')
    panel.invert_yaxis()
    panel.set_xlim(0, 1)
    panel.set_title('class' + (f' (mean of {clip.num_clips} clips)' if clip.num_clips > 1 else ''), fontsize=9)
    _tidy(panel)


def _draw_rank_scores(panel: Axes, clip: ClipPrediction) -> None:
    panel.plot(clip.frames, clip.rank_scores, 'o-', color=_LINE, ms=4)
    panel.set_title('rank scores', fontsize=9)
    panel.set_xlabel('frame', fontsize=8)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    _tidy(panel)


def _draw_windows(video: VideoPrediction) -> Figure:
    figure = Figure(figsize=(_WIDTH, 1.4 + 0.28 * len(video.classes) + 1.0), layout='constrained')
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.25, 0.28 * len(video.classes) + 0.8))
    rows = np.unique(np.linspace(0, len(video.aligned) - 1, _SHOWN).round().astype(int))
    seconds = video.times is not None
    titles = [f'{video.times[row]:.2f} s' if seconds else str(video.frame_ids[row]) for row in rows]
    _draw_images(upper.subplots(1, _SHOWN), video.aligned[rows], titles)
    panel = lower.subplots()
    ends = np.array([[clip.onset, clip.offset] for clip in video.clips], dtype=float)       # (W, 2)
    if seconds:
        ends = video.times[np.searchsorted(video.frame_ids, ends.astype(int))]
    centres = ends.mean(axis=1)                                                             # (W,)
    spread = np.diff(centres).min() if len(centres) > 1 else max(np.ptp(ends), 1e-6)
    between = (centres[1:] + centres[:-1]) / 2
    edges = np.concatenate(([centres[0] - spread / 2], between, [centres[-1] + spread / 2]))
    mesh = panel.pcolormesh(edges, np.arange(len(video.classes) + 1) - 0.5, video.scores.T, cmap='cividis', vmin=0,
                            vmax=1)
    labels = [clip.label for clip in video.clips]
    panel.plot(centres, labels, 'o', color='white', mec='black', mew=0.5, ms=3 if len(centres) < 150 else 1.5,
               linestyle='none')
    panel.set_yticks(range(len(video.classes)), video.classes, fontsize=8)
    panel.invert_yaxis()
    panel.set_xlabel('middle of the window, ' + ('seconds' if seconds else 'frame'), fontsize=8)
    panel.tick_params(labelsize=8)
    bar = lower.colorbar(mesh, ax=panel, pad=0.01, aspect=12)
    bar.ax.tick_params(labelsize=7)
    bar.set_label('score', fontsize=8)
    length = video.clips[0].offset - video.clips[0].onset + 1
    figure.suptitle(f'{_title(video)}: {len(video.clips)} windows of {length} frames; dots: the highest score',
                    fontsize=10)
    return figure


def _tidy(panel: Axes) -> None:
    panel.tick_params(labelsize=8)
    panel.spines[['top', 'right']].set_visible(False)


def _title(video: VideoPrediction) -> str:
    return Path(video.source).name or video.source
