"""The files that are left of one clip: a figure, dynamic images as pictures, scores as a table."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import cv2
import numpy as np

from fdp_mmaction.atomic import replacing
from .clip_figure import draw_clip_ranking
from .clip_ranking import ClipRanking
from .figures import save_figure


def write_clip_ranking(result: ClipRanking, folder: str | Path, dpi: int = 150) -> list[Path]:
    """Write ``figure.png``, ``scores.csv``, and one picture per ranking, such as ``dynamic_image.png``.

    Args:
        result (ClipRanking): What to write.
        folder (str | Path): Where; made if needed. Files of these names are replaced.
        dpi (int): Dots per inch of the figure. Defaults to 150.

    Returns:
        list[Path]: The files.
    """
    folder = Path(folder)
    paths = [save_figure(draw_clip_ranking(result), folder / 'figure.png', dpi)]
    for ranking in result.rankings:
        if ranking.image is not None:
            path = folder / f'{_slug(ranking.name)}.png'
            _write_picture(path, ranking.image)
            paths.append(path)
    _write_scores(folder / 'scores.csv', result)
    return [*paths, folder / 'scores.csv']


def _slug(name: str) -> str:
    return re.sub(r'\W+', '_', name)


def _write_picture(path: Path, image: np.ndarray) -> None:
    picture = (255 * image).astype(np.uint8)
    with replacing(path) as partial:
        cv2.imwrite(str(partial), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture)


def _write_scores(path: Path, result: ClipRanking) -> None:
    """One row per frame that any ranking saw; empty where one did not see it."""
    columns: dict[str, dict[int, float]] = {}
    for ranking in result.rankings:
        for kind, values in (('score', ranking.scores), ('weight', ranking.weights)):
            if values is not None:
                columns[f'{kind}_{_slug(ranking.name)}'] = dict(zip(ranking.frame_ids.tolist(), values.tolist()))
    frames = sorted({frame for column in columns.values() for frame in column})
    with replacing(path) as partial, open(partial, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['frame', *columns])
        for frame in frames:
            cells = (column.get(frame) for column in columns.values())
            writer.writerow([frame, *('' if value is None else f'{value:.8g}' for value in cells)])
