"""Reader of your own data: a CSV table that names frame folders or video files.

One row is one micro-expression. Columns, in any order: ``path``, ``subject``, ``label``, and on wish ``onset``,
``apex``, ``offset``, ``clip``, ``action_units``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.video_io import count_video_frames, frame_address

from .assembly import Row, Rules, assemble, number_or_text
from .csv_table import Cells, read_csv_table
from .frame_folders import FrameFolders, Key
from .record import ReadResult, ReleaseReader
from .sheets import checksum

REQUIRED = ('path', 'subject', 'label')
OPTIONAL = ('onset', 'apex', 'offset', 'clip', 'action_units')
LAYOUT = 'listed'

_IMAGES = ('.jpg', '.jpeg', '.png', '.bmp')
_LONGEST_NAME = 100
_SUBJECT = r'[^/\\.\x00-\x1f][^/\\\x00-\x1f]*'


def read_custom(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'custom') -> ReadResult:
    """Read a table of micro-expressions.

    Every row becomes a record or an entry of ``left_out``. Frames of a folder have the last number in their names,
    frames of a video count from 0. Without onset and offset, the whole folder or video is the micro-expression; without
    apex, the middle of onset and offset is taken for it. The clip is called like the folder or the video, unless the
    table gives it a name. Labels are kept as they are written.

    Args:
        root (str | Path): The CSV file. Paths in it are relative to its folder.
        errata (bool): Without effect: there are none. Defaults to True.
        layout (str): ``listed`` or ``auto``, which are the same. Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'custom'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the table cannot be read.
    """
    table = Path(root)
    if layout not in ('auto', LAYOUT):
        raise DatasetError(f'Unknown layout {layout!r}: a table has auto or {LAYOUT}.')
    rows = read_csv_table(table, REQUIRED, OPTIONAL)
    places = {(cells['subject'], cells['path']): table.parent / cells['path'] for _, cells in rows}
    frames = ListedFrames(table.parent, LAYOUT, places, (None,), shared=True)
    rules = Rules(dataset, {cells['label'] for _, cells in rows}, _SUBJECT,
                  titles={name: name for name in ('subject', *OPTIONAL)})
    source = {'folder': table.resolve().parent.name, 'sheet': table.name, 'sheet_checksum': checksum(rows)}
    return replace(assemble(_rows(rows, frames, table.name), rules, frames, source), unlabelled=())


class ListedFrames(FrameFolders):
    """Frame folders, and videos with their frames."""

    def frames(self, key: Key) -> tuple[list[tuple[int, Path]], int]:
        """The numbered frames of a folder or a video.

        Args:
            key (tuple[str, str]): A key of ``paths``.

        Returns:
            tuple: Pairs of frame number and path (of a video, the address) in order, and how many files repeated a
            number.

        Raises:
            DatasetError: If a video cannot be read.
        """
        path = self.paths[key]
        if key not in self._listed and path.is_file():
            numbers = range(count_video_frames(path))
            self._listed = {key: ([(number, Path(frame_address(path, number))) for number in numbers], 0)}
        return super().frames(key)


class _RowProblem(Exception):
    """Why a row cannot be used."""


@dataclass
class _Seen:
    """What earlier rows said that must not be said twice."""

    rows: dict[tuple[str, ...], object] = field(default_factory=dict)
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: dict[tuple[str, object, object], int] = field(default_factory=dict)
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)


def _rows(rows: Sequence[tuple[int, Cells]], frames: ListedFrames, table: str) -> Iterator[tuple[str, Row]]:
    seen = _Seen()
    for number, cells in rows:
        path = frames.paths[cells['subject'], cells['path']]
        kind = _kind(path)
        row: Row = {
            'subject': cells['subject'], 'clip': cells.get('clip') or (path.stem if kind == 'file' else path.name),
            'emotion': cells['label'], 'action_units': cells.get('action_units', ''), 'folder': cells['path'],
            **{name: number_or_text(cells.get(name)) for name in ('onset', 'apex', 'offset')}}
        row['apex'] = None if row['apex'] == '' else row['apex']
        text = tuple(cells.values())
        try:
            _check_cells(cells, row)
            _check_place(cells['path'], kind, table)
            _set_range(row, frames, cells['path'])
            if text not in seen.rows:      # an exact repetition contradicts nothing
                _check_against(seen, number, cells['label'], row, os.path.realpath(path))
            row['problem'] = seen.rows.get(text)
        except (_RowProblem, DatasetError) as problem:
            row['problem'] = str(problem)
        seen.rows[text] = row['problem']
        yield f'row {number}', row


def _check_cells(cells: Cells, row: Row) -> None:
    if cells.get('problem'):
        raise _RowProblem(cells['problem'])
    for name in REQUIRED:
        if not cells[name]:
            raise _RowProblem(f'{name} is empty')
    clip = str(row['clip'])
    if max(len(clip), len(cells['subject'])) > _LONGEST_NAME or clip.lower().endswith('.landmarks'):
        raise _RowProblem(f'{cells["subject"]}/{clip} cannot name files: choose a shorter subject and clip, which does '
                          'not end in .landmarks')


def _check_place(shown: str, kind: str | None, table: str) -> None:
    if kind is None:
        raise _RowProblem(f'there is no {shown}' + ('' if os.path.isabs(shown) else f' beside {table}'))
    if kind == 'file' and shown.lower().endswith(_IMAGES):
        raise _RowProblem(f'{shown} is an image: give the folder of the frames')


def _set_range(row: Row, frames: ListedFrames, shown: str) -> None:
    """Fill in onset and offset, and check that they and the apex lie in the folder or video."""
    numbers = [number for number, _ in frames.frames((str(row['subject']), shown))[0]]
    if not numbers:
        raise _RowProblem(f'folder {shown} has no image whose name ends in a number, such as img12.jpg')
    if row['onset'] == '':
        row['onset'] = numbers[0]
    if row['offset'] == '':
        row['offset'] = numbers[-1]
    onset, apex, offset = row['onset'], row['apex'], row['offset']
    if not isinstance(onset, int) or not isinstance(offset, int):
        return      # said of every dataset's rows alike
    if onset < numbers[0]:
        raise _RowProblem(f'onset {onset} comes before the first frame {numbers[0]} of {shown}')
    if offset > numbers[-1]:
        raise _RowProblem(f'offset {offset} comes after the last frame {numbers[-1]} of {shown}')
    if isinstance(apex, int) and not onset <= apex <= offset:
        raise _RowProblem(f'apex {apex} does not lie between onset {onset} and offset {offset}')
    if onset <= offset and not any(onset <= number <= offset for number in numbers):
        raise _RowProblem(f'{shown} has no frame between onset {onset} and offset {offset}')


def _kind(path: Path) -> str | None:
    try:
        return 'folder' if path.is_dir() else 'file' if path.is_file() else None
    except (OSError, ValueError):
        return None


def _check_against(seen: _Seen, number: int, label: str, row: Row, path: str) -> None:
    """Refuse what contradicts an earlier row."""
    same, where = seen.labels.setdefault(label.casefold(), (label, number))
    if same != label:
        raise _RowProblem(f'label {label!r} differs from {same!r} of row {where} in capitals only')
    where = seen.parts.setdefault((path, row['onset'], row['offset']), number)
    if where != number:
        raise _RowProblem(f'shows the same frames as row {where}')
    where = seen.names.setdefault((str(row['subject']).casefold(), str(row['clip']).casefold()), number)
    if where != number:
        raise _RowProblem(f'clip {row["clip"]} is already the name of row {where}: give both a name in a column clip')


CUSTOM = ReleaseReader(
    name='custom', title='your own data', read=read_custom, layouts=(LAYOUT,), cropped_layouts=(LAYOUT,), fps=None,
    census=None,
    description="""\
A CSV table with one row per micro-expression:
  path          frame folder (img12.jpg ...) or video, relative to the table
  subject       who is seen; one subject at a time is left out
  label         class, written as in the config
  onset, apex, offset   frame numbers; of a video counted from 0     (optional)
  clip          name of the sample, unique for the subject          (optional)
  action_units  as 4+L7                                              (optional)""")
