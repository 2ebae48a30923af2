"""Reading annotation sheets (xlsx) by the names of their columns, and single cells strictly."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fdp_mmaction.errors import DatasetError

_HEADER_SEARCH_ROWS = 30


def _normalised(value: object) -> str:
    return re.sub(r'[\W_]+', '', str(value)).lower() if value is not None else ''


def read_sheet(path: Path, columns: Mapping[str, Sequence[str]]) -> list[tuple[int, dict[str, object]]]:
    """Read the rows below the header row of the first sheet that has one.

    The header is the first row (among the first 30) that holds the first two columns asked for; names are
    compared without case, spaces and punctuation. Columns without a name are ignored, and so are rows in
    which every column asked for is empty.

    Args:
        path (Path): An ``.xlsx`` file.
        columns (Mapping[str, Sequence[str]]): Field name to the spellings of its column title.

    Returns:
        list[tuple[int, dict[str, object]]]: Row number as a spreadsheet shows it, and the cells by field name.

    Raises:
        DatasetError: If the file is no spreadsheet, has no header row, or lacks a column.
    """
    wanted = {field: {_normalised(title) for title in titles} for field, titles in columns.items()}
    leading = list(wanted.values())[:2]
    sheets = _load(path)
    for rows in sheets:
        for index, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
            titles = [_normalised(cell) for cell in row]
            if not all(spellings & set(titles) for spellings in leading):
                continue
            where = {field: next((i for i, title in enumerate(titles) if title in spellings), None)
                     for field, spellings in wanted.items()}
            missing = [columns[field][0] for field, position in where.items() if position is None]
            if missing:
                found = ', '.join(str(cell).strip() for cell in row if _normalised(cell))
                raise DatasetError(f'Sheet {path.name} has no column {missing[0]!r} (columns found: {found}): '
                                   'use the sheet of the original release.')
            return _body(rows, index, where)
    titles = ' and '.join(repr(spellings[0]) for spellings in list(columns.values())[:2])
    raise DatasetError(f'Sheet {path.name} has no header row with {titles}: use the sheet of the original release.')


def _load(path: Path) -> list[list[tuple[object, ...]]]:
    import openpyxl
    try:
        book = openpyxl.load_workbook(path, data_only=True)
        return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    except Exception as error:   # openpyxl raises whatever its zip and XML layers meet
        raise DatasetError(f'Sheet {path.name} cannot be read as xlsx ({type(error).__name__}): '
                           'copy it again from the original release.') from None


def _body(rows: list[tuple[object, ...]], header: int,
          where: Mapping[str, int | None]) -> list[tuple[int, dict[str, object]]]:
    body = []
    for number, row in enumerate(rows[header + 1:], start=header + 2):
        cells = {field: row[position] if position < len(row) else None
                 for field, position in where.items() if position is not None}
        if any(text_of(cell) for cell in cells.values()):
            body.append((number, cells))
    return body


def text_of(cell: object) -> str:
    """A cell as stripped text; a whole number without decimals.

    Args:
        cell (object): Cell value.

    Returns:
        str: Text, ``''`` for an empty cell.
    """
    if cell is None:
        return ''
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def whole_number(cell: object) -> int | None:
    """A cell as a non-negative whole number.

    Args:
        cell (object): Cell value: a number, or text made of digits.

    Returns:
        int | None: The number; None if the cell does not hold one.
    """
    if isinstance(cell, bool):
        return None
    text = text_of(cell)
    match = re.fullmatch(r'(\d{1,9})(?:\.0+)?', text, flags=re.ASCII)
    return int(match[1]) if match else None


def checksum(rows: Sequence[tuple[int, Mapping[str, object]]]) -> str:
    """Checksum of what was read from a sheet; saving the file again does not change it.

    Args:
        rows (Sequence[tuple[int, Mapping[str, object]]]): From :func:`read_sheet`.

    Returns:
        str: SHA-256 in hexadecimal digits.
    """
    lines = [repr((number, [(field, text_of(cell)) for field, cell in cells.items()])) for number, cells in rows]
    return hashlib.sha256('\n'.join(lines).encode('utf-8', 'backslashreplace')).hexdigest()
