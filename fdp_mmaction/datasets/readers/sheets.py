"""Reading annotation sheets (xlsx, xls) by the names or positions of their columns, and single cells strictly."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .folders import files_in, walk

_HEADER_SEARCH_ROWS = 30


def _normalised(value: object) -> str:
    return re.sub(r'[\W_]+', '', str(value)).lower() if value is not None else ''


def read_sheet(path: Path, columns: Mapping[str, Sequence[str]],
               optional: Collection[str] = (), named: str = '') -> list[tuple[int, dict[str, object]]]:
    """Read the rows below the header row of the first sheet that has one, with all columns.

    The header is the first row (among the first 30) that holds the first two columns asked for; names are
    compared without case, spaces and punctuation. Columns without a name are ignored, and so are rows in
    which every column asked for is empty.

    Args:
        path (Path): An ``.xlsx`` or ``.xls`` file.
        columns (Mapping[str, Sequence[str]]): Field name to the spellings of its column title.
        optional (Collection[str]): Fields whose column may be missing; their cells are None then. Defaults to none.
        named (str): Name of the sheet to look at first, case and spaces aside. Defaults to '': the first in the file.

    Returns:
        list[tuple[int, dict[str, object]]]: Row number as a spreadsheet shows it, and the cells by field name.

    Raises:
        DatasetError: If the file is no spreadsheet, has no header row, or lacks a column.
    """
    wanted = {field: {_normalised(title) for title in titles} for field, titles in columns.items()}
    leading = list(wanted.values())[:2]
    sheets = _load(path)
    lacking = ''
    for name in sorted(sheets, key=lambda name: bool(named) and _normalised(name) != _normalised(named)):
        rows = sheets[name]
        for index, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
            titles = [_normalised(cell) for cell in row]
            if not all(spellings & set(titles) for spellings in leading):
                continue
            where = {field: next((i for i, title in enumerate(titles) if title in spellings), None)
                     for field, spellings in wanted.items()}
            missing = [columns[field][0] for field, position in where.items()
                       if position is None and field not in optional]
            if not missing:
                return _body(rows, index, where)
            found = ', '.join(' '.join(str(cell).split()) for cell in row if _normalised(cell))
            lacking = lacking or (f'Sheet {path.name} has no column {missing[0]!r} (columns found: {found}): '
                                  'use the sheet of the original release.')
            break
    if lacking:
        raise DatasetError(lacking)
    titles = ' and '.join(repr(spellings[0]) for spellings in list(columns.values())[:2])
    raise DatasetError(f'Sheet {path.name} has no header row with {titles}: use the sheet of the original release.')


def read_columns(path: Path, columns: Mapping[str, int], sheet: int | str = 0,
                 first_row: int = 1) -> list[tuple[int, dict[str, object]]]:
    """Read the rows of a sheet without a header, by the position of its columns.

    Rows in which every column asked for is empty are ignored.

    Args:
        path (Path): An ``.xlsx`` or ``.xls`` file.
        columns (Mapping[str, int]): Field name to the position of its column, from 0.
        sheet (int | str): Position of the sheet in the file, from 0, or its name (case and spaces aside).
            Defaults to 0.
        first_row (int): First row, as a spreadsheet shows it. Defaults to 1.

    Returns:
        list[tuple[int, dict[str, object]]]: Row number as a spreadsheet shows it, and the cells by field name.

    Raises:
        DatasetError: If the file is no spreadsheet or has no such sheet.
    """
    sheets = _load(path)
    names = [_normalised(name) for name in sheets]
    where = names.index(_normalised(sheet)) if isinstance(sheet, str) and _normalised(sheet) in names else sheet
    if not isinstance(where, int) or where >= len(sheets):
        raise DatasetError(f'Sheet {path.name} has no sheet {sheet!r} (sheets found: {", ".join(sheets)}): '
                           'use the sheet of the original release.')
    rows = list(sheets.values())[where]
    return _body(rows, first_row - 2, columns)


def sheet_files(root: Path, depth: int = 2, skip: Callable[[Path], bool] | None = None) -> list[Path]:
    """Spreadsheets below a folder, without the lock files of spreadsheet programs; nearest first, in name order.

    Args:
        root (Path): Where to search.
        depth (int): How many levels to go down. Defaults to 2.
        skip (Callable[[Path], bool] | None): Which folders to leave out, with all below them. Defaults to None.

    Returns:
        list[Path]: ``.xlsx`` and ``.xls`` files.
    """
    return [path for folder in walk(root, depth, skip) for path in files_in(folder)
            if path.suffix.lower() in ('.xlsx', '.xls') and not path.name.startswith(('~$', '.'))]


def only_sheet(candidates: Sequence[Path], root: Path, file: str, kind: str = 'coding sheet',
               role: str = 'be the coding sheet') -> Path:
    """The only candidate for a sheet.

    Args:
        candidates (Sequence[Path]): Sheets that could be it.
        root (Path): The release folder, for messages.
        file (str): What the sheet is called in the release.
        kind (str): What it is. Defaults to 'coding sheet'.
        role (str): What several candidates could do. Defaults to 'be the coding sheet'.

    Returns:
        Path: The sheet.

    Raises:
        DatasetError: If there is none, or more than one.
    """
    if not candidates:
        raise DatasetError(f'No {kind} in {root}: put {file} of the release there.')
    if len(candidates) > 1:
        names = ', '.join(path.name for path in candidates)
        raise DatasetError(f'Several sheets in {root} could {role} ({names}): keep the one to read.')
    return candidates[0]


def _load(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of each sheet, by the sheet's name."""
    try:
        if path.suffix.lower() == '.xls':
            return _load_xls(path)
        import openpyxl
        book = openpyxl.load_workbook(path, data_only=True)
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except DatasetError:
        raise
    except Exception as error:   # the libraries raise whatever their zip, XML and record layers meet
        raise DatasetError(f'Sheet {path.name} cannot be read as {path.suffix[1:].lower()} ({type(error).__name__}): '
                           'copy it again from the original release.') from None


def _load_xls(path: Path) -> dict[str, list[tuple[object, ...]]]:
    try:
        import xlrd
    except ImportError:
        raise DatasetError(f'Sheet {path.name} is in the old xls format: `pip install xlrd`, or save it as '
                           'xlsx.') from None
    with xlrd.open_workbook(path, on_demand=True) as book:
        return {sheet.name: [tuple(value if value != '' else None for value in sheet.row_values(index))
                             for index in range(sheet.nrows)] for sheet in book.sheets()}


def _body(rows: list[tuple[object, ...]], header: int,
          where: Mapping[str, int | None]) -> list[tuple[int, dict[str, object]]]:
    body = []
    for number, row in enumerate(rows[header + 1:], start=header + 2):
        cells = {field: row[position] if position is not None and position < len(row) else None
                 for field, position in where.items()}
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


def source_of(root: Path, sheet: Path, rows: Sequence[tuple[int, Mapping[str, object]]],
              clips: Path) -> dict[str, str]:
    """What a reader read, for the account: names inside the release folder, and the checksum of the sheet.

    Args:
        root (Path): The release folder.
        sheet (Path): The sheet.
        rows (Sequence[tuple[int, Mapping[str, object]]]): What was read from it.
        clips (Path): The folder with the clips, inside ``root``.

    Returns:
        dict[str, str]: ``folder``, ``sheet``, ``sheet_checksum`` and ``clips``.
    """
    return {'folder': root.resolve().name, 'sheet': sheet.name, 'sheet_checksum': checksum(rows),
            'clips': clips.relative_to(root).as_posix()}
