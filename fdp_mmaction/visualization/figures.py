"""Common ground of all figures: made without a display, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from matplotlib.figure import Figure


def save_figure(figure: Figure, path: str | Path, dpi: int = 150) -> Path:
    """Write a figure.

    Args:
        figure (Figure): The figure.
        path (str | Path): Where; the ending chooses the format. Folders are made.
        dpi (int): Dots per inch. Defaults to 150.

    Returns:
        Path: ``path``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.stem}.partial{path.suffix}')
    figure.savefig(partial, dpi=dpi, bbox_inches='tight')
    os.replace(partial, path)
    return path
