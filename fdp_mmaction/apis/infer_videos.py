"""Many videos, one after the other, into a folder of figures and numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.launch import check_folder

from .micro_expression_inferencer import MicroExpressionInferencer
from .prediction import VideoPrediction

PREDICTIONS = 'predictions.json'


def infer_videos(inferencer: MicroExpressionInferencer, videos: Sequence[str | Path], out: str | Path,
                 figures: bool = True, **options: Any) -> list[VideoPrediction]:
    """Predict for videos and write what was predicted.

    Only one video is in memory at a time. The numbers are written when all are done, figures on the way.

    Args:
        inferencer (MicroExpressionInferencer): The model.
        videos (Sequence[str | Path]): Video files and folders of frame images.
        out (str | Path): Folder for ``predictions.json`` and ``<name of the video>.png``.
        figures (bool): Draw. Defaults to True.
        **options: Of :meth:`MicroExpressionInferencer.__call__`, such as ``window``.

    Returns:
        list[VideoPrediction]: One for each video, without its frames; one that failed has its ``error``.

    Raises:
        DatasetError: If options contradict each other.
        UsageError: If ``out`` is a file or cannot be written into.
    """
    from fdp_mmaction.visualization.figures import save_figure

    from .prediction_figure import draw_prediction, file_names
    check_folder(out)
    names = file_names([VideoPrediction(str(video), ()) for video in videos])
    found = []
    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task('videos', total=len(videos))
        for video, name in zip(videos, names):
            progress.update(task, description=Path(video).name)
            [prediction] = inferencer(video, **options)['predictions']
            if figures and not prediction.error:
                save_figure(draw_prediction(prediction), Path(out, f'{name}.png'))
            found.append(_without_frames(prediction))
            progress.advance(task)
    write_text(Path(out, PREDICTIONS), json.dumps(
        dict(checkpoint=Path(inferencer.weights).name, config=Path(inferencer.config_name).name,
             classes=list(inferencer.classes),
             videos=[dict(video.to_json(), figure=f'{name}.png' if figures and not video.error else None)
                     for video, name in zip(found, names)]), indent=1) + '\n')
    return found


def _without_frames(video: VideoPrediction) -> VideoPrediction:
    return replace(video, aligned=None, clips=tuple(replace(clip, images=None) for clip in video.clips))
