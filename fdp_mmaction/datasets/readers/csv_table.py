"""Tables in CSV files with known columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from fdp_mmaction.errors import DatasetError

Cells = dict[str, str]

_DELIMITERS = ',;\t'


def read_csv_table(path: Path, required: Sequence[str], optional: Sequence[str]) -> list[tuple[int, Cells]]:
    """Read a table whose first row names its columns.

    Cells are separated by comma, semicolon or tab, whichever the first row has most of. Titles are compared without
    case, with underscores for spaces; columns without a title and empty rows are ignored.

    Args:
        path (Path): A CSV file, UTF-8.
        required (Sequence[str]): Columns that must be there.
        optional (Sequence[str]): Columns that may be there.

    Returns:
        list[tuple[int, Cells]]: Row number as a spreadsheet shows it, and the text of each column that is there, with
        single spaces. A row with more cells than titles has an entry ``problem`` too.

    Raises:
        DatasetError: If the file is missing, is no such table, lacks a column or has an unknown one, or has no row.
    """
    rows = _split(path)
    if not rows:
        raise DatasetError(f'Table {path.name} is empty: its first row names the columns {", ".join(required)}.')
    titles = [' '.join(cell.split()).lower().replace(' ', '_') for cell in rows[0][1]]
    named = [title for title in titles if title]
    for title in named:
        if title not in (*required, *optional):
            raise DatasetError(f'Table {path.name} has a column {title!r}, which is none of '
                               f'{", ".join((*required, *optional))}: rename or remove it.')
        if named.count(title) > 1:
            raise DatasetError(f'Table {path.name} has the column {title!r} twice: remove one.')
    for title in required:
        if title not in named:
            raise DatasetError(f'Table {path.name} has no column {title!r} (columns found: '
                               f'{", ".join(named) or "none"}): add it.')
    table = [(number, _cells(cells, titles)) for number, cells in rows[1:] if any(map(str.strip, cells))]
    if not table:
        raise DatasetError(f'Table {path.name} has no row below its titles: add one per clip.')
    return table


def _split(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode('utf-8-sig')
    except OSError as error:
        raise DatasetError(f'Table {path} cannot be read ({error.strerror}): give a CSV file.') from None
    except UnicodeDecodeError:
        raise DatasetError(f'Table {path.name} is not text in UTF-8: save it as "CSV UTF-8".') from None
    first = next((line for line in text.splitlines() if line.strip()), '')
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    try:
        rows = list(enumerate(reader, start=1))
    except csv.Error as error:
        raise DatasetError(f'Table {path.name} is no CSV beyond line {reader.line_num} ({error}): save it again as CSV.'
                           ) from None
    while rows and not any(map(str.strip, rows[0][1])):
        del rows[0]
    return rows


def _cells(cells: list[str], titles: list[str]) -> Cells:
    known = {title: ' '.join(cell.split()) for title, cell in zip(titles, cells) if title}
    row = {title: known.get(title, '') for title in titles if title}
    if any(map(str.strip, cells[len(titles):])):
        row['problem'] = f'{len(cells)} cells below {len(titles)} titles: put texts that hold the delimiter in quotes'
    return row
