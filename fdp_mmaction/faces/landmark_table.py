"""Reading numbers by column name from a CSV file of landmarks."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fdp_mmaction.errors import FaceError

POINT_COLUMNS = tuple(f'{axis}_{index}' for axis in 'xy' for index in range(68))
"""``x_0`` to ``x_67``, then ``y_0`` to ``y_67``."""


def read_header(path: Path, name: str) -> list[str]:
    """Column names of a CSV file, without spaces around them.

    Args:
        path (Path): The file.
        name (str): How error messages call it.

    Returns:
        list[str]: The names.

    Raises:
        FaceError: If the file is missing or empty, or is no text.
    """
    return next(_rows(path, name), [])


def read_columns(path: Path, name: str, columns: Sequence[str]) -> np.ndarray:
    """Read columns of numbers.

    Args:
        path (Path): The file, with a header.
        name (str): How error messages call it.
        columns (Sequence[str]): Names of the columns, spaces around them left off.

    Returns:
        np.ndarray: ``(rows, len(columns))`` float64.

    Raises:
        FaceError: If the file is missing or no text, a column is missing or doubled, or a cell is not a number.
    """
    rows = _rows(path, name)
    header = next(rows, [])
    for column in columns:
        if header.count(column) != 1:
            raise FaceError(f'Landmark file {name} has {header.count(column)} columns {column!r}, one is needed: '
                            'write it again with its 2-D landmarks.')
    places = [header.index(column) for column in columns]
    table = []
    for number, row in enumerate(rows, start=2):
        try:
            table.append([float(row[place]) for place in places])
        except (ValueError, IndexError):
            raise FaceError(f'Landmark file {name} holds something else than {len(header)} numbers in row {number}: '
                            'write it again.') from None
    return np.array(table, dtype=np.float64).reshape(len(table), len(columns))


def points_of(columns: np.ndarray) -> np.ndarray:
    """Landmarks from the columns :data:`POINT_COLUMNS`.

    Args:
        columns (np.ndarray): ``(rows, 136)``.

    Returns:
        np.ndarray: ``(rows, 68, 2)``.
    """
    return columns.reshape(-1, 2, 68).transpose(0, 2, 1)


def whole_numbers(column: np.ndarray, name: str) -> np.ndarray:
    """Frame numbers as integers.

    Args:
        column (np.ndarray): ``(rows,)`` float64.
        name (str): How error messages call the file.

    Returns:
        np.ndarray: ``(rows,)`` int64.

    Raises:
        FaceError: If a number is not whole.
    """
    if not (np.isfinite(column) & (np.abs(column) < 2 ** 53) & (column == np.round(column))).all():
        raise FaceError(f"Landmark file {name} holds something else than whole numbers in its column 'frame': "
                        'write it again.')
    return column.astype(np.int64)


def _rows(path: Path, name: str) -> Iterator[list[str]]:
    if not path.is_file():
        raise FaceError(f'Landmark file {name} does not exist: detect the landmarks of this clip first.')
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            for row in csv.reader(file):
                if any(cell.strip() for cell in row):
                    yield [cell.strip() for cell in row]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise FaceError(f'Landmark file {name} is damaged or not a CSV file: write it again.') from None
