"""A writer of the old xls format (BIFF8 records without the container), as small as a reader can bear."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path


def _record(code: int, content: bytes) -> bytes:
    return struct.pack('<HH', code, len(content)) + content


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack('<HHHHII', 0x0600, kind, 0, 1997, 0, 0x0600))


def _cell(row: int, column: int, value: object) -> bytes:
    place = struct.pack('<HHH', row, column, 0)
    if value is None:
        return b''
    if isinstance(value, (int, float)):
        return _record(0x0203, place + struct.pack('<d', value))
    text = str(value)
    return _record(0x0204, place + struct.pack('<HB', len(text), 1) + text.encode('utf-16-le'))


def write_xls(path: Path, rows: Iterable[Sequence[object]], header: Sequence[object], name: str = 'Sheet1') -> Path:
    """Write an xls file of one sheet; cells are text, numbers (stored as float) or None."""
    title = struct.pack('<BB', len(name), 0) + name.encode('latin-1')
    start = len(_begin(5)) + len(_record(0x0085, bytes(6) + title)) + len(_record(0x000A, b''))
    book = _begin(5) + _record(0x0085, struct.pack('<IBB', start, 0, 0) + title) + _record(0x000A, b'')
    cells = [_cell(r, c, value) for r, row in enumerate((header, *rows)) for c, value in enumerate(row)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(book + _begin(0x10) + b''.join(cells) + _record(0x000A, b''))
    return path
