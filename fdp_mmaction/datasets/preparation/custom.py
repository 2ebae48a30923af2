"""Preparing your own data."""

from __future__ import annotations

from pathlib import Path

from ..readers.custom import CUSTOM
from .pipeline import OnProgress
from .release import prepare_release
from .report import PreparationReport
from .settings import PreparationSettings


def prepare_custom(table: str | Path, out: str | Path, settings: PreparationSettings, *, dataset: str = CUSTOM.name,
                   fps: int | None = None, workers: int = 1, fresh: bool = False,
                   on_progress: OnProgress | None = None) -> PreparationReport:
    """Prepare the clips of a table, see :mod:`..readers.custom`.

    Args:
        table (str | Path): The CSV file.
        out (str | Path): The prepared folder.
        settings (PreparationSettings): How to align; landmark source ``'none'`` if the frames show the aligned face
            alone.
        dataset (str): Dataset name in sample ids. Defaults to 'custom'.
        fps (int | None): Frames per second, for information. Defaults to None: unknown.
        workers (int): Number of processes. Defaults to 1.
        fresh (bool): Whether to delete what an earlier preparation wrote to ``out``. Defaults to False.
        on_progress (OnProgress | None): Called with clips done, clips in total and the clip just done.
            Defaults to None.

    Returns:
        PreparationReport: What was written and what was left out.

    Raises:
        DatasetError: If the table or the output folder cannot be used, or no clip could be prepared.
        FaceError: If the landmark source cannot be set up.
    """
    return prepare_release(CUSTOM, table, out, settings, errata=False, dataset=dataset, fps=fps, workers=workers,
                           fresh=fresh, on_progress=on_progress)
