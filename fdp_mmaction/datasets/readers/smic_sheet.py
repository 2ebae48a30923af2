"""Annotation sheets of the long clips of SMIC (``SMIC-HS-E_annotation.xlsx``).

A row is a clip, with onset and offset of up to three micro-expressions: ``OnsetF``, ``Onset2F``, ``Onset3F``. The
sheet of NIR titles its columns ``OnsetF NIR``. Free text follows the last row.

Sources: genbing99/MEAN_Spot-then-recognize (GitHub) cuts the free text after 157 rows; davidnvq/me_recognition (GitHub)
lists clips, onsets and offsets of the HS sheet, and short clips that have no long clip of their name.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, number_or_text
from .sheets import checksum, read_sheet, text_of
from .smic_names import clip_name, label_of, parse_clip, subject_name

MOVEMENTS = {1: '1st', 2: '2nd', 3: '3rd'}
_NONE = ('', '0', '-', '/', 'nan', 'none')
_Cells = dict[str, object]


def read_long_sheet(sheet: Path, camera: str) -> tuple[list[tuple[str, Row]], str]:
    """Read the sheet, one row per movement.

    The first movement of a clip has the name of the clip. The others take the numbers that follow it, where the sheet
    skips those numbers: the short clips number every movement, and no long clip is called like a second movement in
    another. Where the sheet does not skip a number, they are named ``<clip>_2``. A movement that another row gives as
    its first is that row once more, with the folder of this one.

    Args:
        sheet (Path): The sheet.
        camera (str): ``HS``, ``VIS`` or ``NIR``.

    Returns:
        tuple: Pairs of where a movement comes from (``row 5``) and its row, see :mod:`.assembly`; and the checksum of
        the sheet.

    Raises:
        DatasetError: If the sheet cannot be read or has no rows of clips.
    """
    columns = _columns(camera)
    cells = _without_notes(read_sheet(sheet, columns, optional=list(columns)[2:]))
    if not cells:
        raise DatasetError(f'Sheet {sheet.name} has no row of a clip below its header: use the sheet of the original '
                           'release.')
    where = _choose_columns({column for column in columns if any(text_of(row[column]) for _, row in cells)})
    if where is None:
        raise DatasetError(f"Sheet {sheet.name} has no onsets in a column 'OnsetF' or 'OnsetF {camera}': use the sheet "
                           'of the original release.')
    firsts = [(number, row, _movement(row, 1, where)) for number, row in cells]
    known = {(row['subject'], row['onset'], row['offset']): row for _, _, row in reversed(firsts)
             if isinstance(row['onset'], int) and isinstance(row['offset'], int)}
    names = {(row['subject'], row['clip']) for _, _, row in firsts}
    rows: list[tuple[str, Row]] = []
    for number, row, first in firsts:
        rows.append((f'row {number}', first))
        previous = first['clip']
        for movement in range(2, max(MOVEMENTS) + 1):
            further = _movement(row, movement, where)
            if all(text_of(further[edge]).lower() in _NONE for edge in ('onset', 'offset')):
                continue
            same = known.get((further['subject'], further['onset'], further['offset']))
            if same is None:
                further['clip'] = previous = _name(previous, first, movement, names)
                names.add((further['subject'], previous))
            else:
                further = {**same, 'folder': first['folder']}
            rows.append((f'row {number}, {MOVEMENTS[movement]} movement', further))
    return rows, checksum(cells)


def _columns(camera: str) -> dict[str, tuple[str, ...]]:
    columns = {'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'emotion': ('Emotion', 'Estimated Emotion'),
               'apex1 of camera': (f'ApexF {camera}',)}
    for edge in ('onset', 'offset'):
        for movement in MOVEMENTS:
            numbers = ('', '1') if movement == 1 else (str(movement),)
            titles = [title for number in numbers for title in (f'{edge}{number}F', f'{edge}F{number}')]
            columns[f'{edge}{movement}'] = tuple(titles)
            columns[f'{edge}{movement} of camera'] = tuple(f'{title} {camera}' for title in titles)
    return columns


def _choose_columns(filled: Collection[str]) -> dict[str, str] | None:
    """Which columns hold onsets and offsets: those of the camera, and others only in a sheet of one camera."""
    if not {'onset1', 'onset1 of camera'} & set(filled):
        return None
    of_several = {'onset1', 'onset1 of camera'} <= set(filled)
    return {name: f'{name} of camera' if of_several or f'{name} of camera' in filled else name
            for name in (f'{edge}{movement}' for edge in ('onset', 'offset') for movement in MOVEMENTS)}


def _without_notes(cells: list[tuple[int, _Cells]]) -> list[tuple[int, _Cells]]:
    """The rows down to the last with a subject and a name, the name of a clip, or a movement; then comes free text."""
    last = max((index for index, (_, row) in enumerate(cells) if _is_clip(row)), default=-1)
    return cells[:last + 1]


def _is_clip(row: _Cells) -> bool:
    if parse_clip(row['clip']) or subject_name(row['subject']) and text_of(row['clip']):
        return True
    return any(isinstance(number_or_text(row[f'onset1{suffix}']), int)
               and isinstance(number_or_text(row[f'offset1{suffix}']), int) for suffix in ('', ' of camera'))


def _movement(cells: _Cells, movement: int, where: dict[str, str]) -> Row:
    parsed, clip = parse_clip(cells['clip']), clip_name(cells['clip'])
    subject = subject_name(cells['subject']) or text_of(cells['subject']) or (parsed.subject if parsed else '')
    emotion, remark = label_of(cells['emotion'], parsed)
    row: Row = {'subject': subject, 'clip': clip, 'folder': clip, 'emotion': emotion, 'remark': remark, 'apex': None,
                **{edge: number_or_text(cells[where[f'{edge}{movement}']]) for edge in ('onset', 'offset')}}
    if movement > 1:
        row['remark'] = f'a further movement in the long clip {clip}' + (f'; {remark}' if remark else '')
    elif text_of(cells['apex1 of camera']):
        row['apex'] = number_or_text(cells['apex1 of camera'])
    if parsed and parsed.subject != subject:
        row['problem'] = f'Subject {text_of(cells["subject"])!r} contradicts Filename {text_of(cells["clip"])!r}'
    return row


def _name(previous: object, first: Row, movement: int, names: Collection[tuple[object, object]]) -> str:
    """A name for a further movement of a clip, ``previous`` being that of the one before it."""
    parsed = parse_clip(previous)
    if parsed:
        others = [parse_clip(name) for subject, name in names if subject == first['subject']]
        numbers = [other.number for other in others if other and other[:2] == parsed[:2]]
        if parsed.number + 1 not in numbers and max(numbers) > parsed.number:
            return str(parsed._replace(number=parsed.number + 1))
    return f'{first["clip"]}_{movement}'
