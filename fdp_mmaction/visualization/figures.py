"""Common ground of all figures: made without a display, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from fdp_mmaction.atomic import replacing


def save_figure(figure: Figure, path: str | Path, dpi: int = 150) -> Path:
    """Write a figure.

    Args:
        figure (Figure): The figure.
        path (str | Path): Where; the ending chooses the format, ``.png`` where there is none. Folders are made.
        dpi (int): Dots per inch. Defaults to 150.

    Returns:
        Path: The file written.
    """
    path = Path(path)
    path = path if path.suffix else path.with_suffix('.png')
    with replacing(path) as partial:
        figure.savefig(partial, dpi=dpi, bbox_inches='tight')
    return path
