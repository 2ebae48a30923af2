"""Common ground of all figures: made without a display, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from fdp_mmaction.atomic import replacing
from fdp_mmaction.errors import DatasetError

FORMATS = ('.png', '.pdf', '.svg')
"""Endings of figures: pixels for the screen, lines and type for print and for the web."""

_NO_DATE = {'.png': {}, '.pdf': {'CreationDate': None}, '.svg': {'Date': None}}
_TYPE = {'pdf.fonttype': 42, 'svg.fonttype': 'none', 'svg.hashsalt': 'figure'}      # type stays type, same every time


def check_format(path: str | Path) -> Path:
    """The file of a figure, with an ending that can be written.

    Args:
        path (str | Path): Without an ending, it gets ``.png``.

    Returns:
        Path: The file.

    Raises:
        DatasetError: If the ending is another one than those of :data:`FORMATS`.
    """
    path = Path(path)
    if path.suffix.lower() in FORMATS:
        return path
    if path.suffix:
        raise DatasetError(f'{path} does not end in {", ".join(FORMATS[:-1])} or {FORMATS[-1]}, the formats of '
                           'figures: give it one of these endings.')
    return path.with_suffix('.png')


def save_figure(figure: Figure, path: str | Path, dpi: int = 150, tight: bool = True) -> Path:
    """Write a figure. The same figure gives the same file, byte for byte.

    Args:
        figure (Figure): The figure.
        path (str | Path): Where; the ending chooses the format, ``.png``, ``.pdf`` or ``.svg``; ``.png`` where there
            is none. Folders are made.
        dpi (int): Dots per inch, of pictures in a ``.pdf`` or ``.svg`` too. Defaults to 150.
        tight (bool): Cut or widen to what is drawn; else the figure has the size that it was made for. Defaults to
            True.

    Returns:
        Path: The file written.

    Raises:
        DatasetError: If the format is another one.
    """
    path = check_format(path)
    with replacing(path) as partial, rc_context(_TYPE):
        figure.savefig(partial, dpi=dpi, bbox_inches='tight' if tight else None,
                       metadata=_NO_DATE[path.suffix.lower()])
    return path
