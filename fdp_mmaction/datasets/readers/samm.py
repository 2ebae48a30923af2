"""Reader of the SAMM release.

Expected inside the release folder, at the top or one or two levels down: ``SAMM_Micro_FACS_Codes_v2.xlsx`` and the
frames, ``006/006_1_2/006_05562.jpg``. The release has no cropped faces; a set that was cropped by others
(``SAMM_CROP/006/006_1_2``) is read as layout ``cropped``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .errata import Erratum
from .folders import release_folder, subfolders, walk
from .frame_folders import FrameFolders
from .record import Census, ReadResult, ReleaseReader
from .sheets import only_sheet, read_sheet, sheet_files, source_of, text_of, whole_number

FPS = 200
LAYOUTS = ('raw', 'cropped')
CENSUS = Census(
    emotions={'anger': 57, 'happiness': 26, 'others': 26, 'surprise': 15, 'contempt': 12, 'disgust': 9, 'fear': 8,
              'sadness': 6},
    subjects=29)

_MEB = 'tvaranka/meb (GitHub), SAMM loader'
APEX_ESTIMATES = {'028_4_1': 1105, '032_3_1': 4945}
"""Clips whose apex lies outside onset..offset, and the estimates of tvaranka/meb. It knows the rows by position only;
the clips are named by the released code of CapsuleNet (Quang et al., FG 2019), and lie as far apart as those rows."""
LAST_FRAME_ESTIMATE = 5739
"""Offset that tvaranka/meb corrects in a row known by position only; the frames on disk decide which one it is."""

_COLUMNS = {
    'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('Onset Frame', 'Onset'),
    'apex': ('Apex Frame', 'Apex'), 'offset': ('Offset Frame', 'Offset'),
    'action_units': ('Action Units', 'AUs', 'AU'), 'emotion': ('Estimated Emotion', 'Emotion'),
    'objective': ('Objective Classes', 'Objective Class'),
}
_TITLES = {name: titles[0] for name, titles in _COLUMNS.items()}
_SHEET_NAMES = ('samm_micro_facs_codes_v2', 'micro_facs_codes_v2', 'micro_facs', 'facs')


def read_samm(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'samm') -> ReadResult:
    """Read a SAMM release.

    Every row of the sheet becomes a record or an entry of ``left_out``. Frames are those on disk from onset to
    offset; missing ones are remarked on, and an apex without a file moves to the nearest frame that has one.

    Args:
        root (str | Path): The release folder.
        errata (bool): Whether to correct known mistakes, see :func:`known_errata`. Defaults to True.
        layout (str): ``raw``, ``cropped``, or ``auto``: the first of these that is there. Defaults to 'auto'.
        dataset (str): Dataset name in sample ids, for other data laid out in the same way. Defaults to 'samm'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its clips cannot be found, or the sheet cannot be read.
    """
    root = release_folder(root, 'SAMM_Micro_FACS_Codes_v2.xlsx and the folders 006, 007, ..')
    sheet = _find_sheet(root)
    cells = read_sheet(sheet, _COLUMNS, optional=('objective',))
    if not cells:
        raise DatasetError(f'Sheet {sheet.name} has no row below its header: use the sheet of the original release.')
    folders = _find_folders(root, layout)
    source = source_of(root, sheet, cells, folders.folder)
    rows = [(f'row {number}', _normalise(row)) for number, row in cells]
    corrections = known_errata([row for _, row in rows], folders) if errata else ()
    rules = Rules(dataset, CENSUS.emotions, r'\d{3}', corrections, _TITLES)
    return assemble(rows, rules, folders, source)


def known_errata(rows: Sequence[Row], folders: FrameFolders) -> tuple[Erratum, ...]:
    """The corrections that a sheet needs.

    The wrong values are not published, so what is known is turned into corrections only where the sheet itself shows
    that it is wrong: an apex outside onset..offset where the estimate lies inside, and an offset other than the last
    frame on disk where that is the one known.

    Args:
        rows (Sequence[dict]): Normalised rows.
        folders (FrameFolders): Where the frames are.

    Returns:
        tuple[Erratum, ...]: Corrections, each for one row.
    """
    found = []
    for row in rows:
        onset, apex, offset = row['onset'], row['apex'], row['offset']
        if not (isinstance(onset, int) and isinstance(offset, int)):
            continue
        key = {'subject': row['subject'], 'clip': row['clip'], 'onset': onset, 'offset': offset}
        estimate = APEX_ESTIMATES.get(str(row['clip']), -1)
        if onset <= estimate <= offset and not (isinstance(apex, int) and onset <= apex <= offset):
            found.append(Erratum('samm', 'v2', key, 'apex', apex, estimate, f'{_MEB}: apex estimated'))
        if onset < LAST_FRAME_ESTIMATE != offset and _last_frame(row, folders) == LAST_FRAME_ESTIMATE:
            found.append(Erratum('samm', 'v2', key, 'offset', offset, LAST_FRAME_ESTIMATE,
                                 f'{_MEB}; it is the last frame on disk'))
    return tuple(dict.fromkeys(found))   # a repeated row needs them once


def _last_frame(row: Row, folders: FrameFolders) -> int | None:
    key = folders.find(str(row['subject']), str(row['clip']))
    frames = folders.frames(key)[0] if key else []
    return frames[-1][0] if frames else None


def _find_sheet(root: Path) -> Path:
    sheets = sheet_files(root)
    for name in _SHEET_NAMES:
        for path in sheets:
            if name in path.name.lower():
                return path
    return only_sheet(sheets, root, 'SAMM_Micro_FACS_Codes_v2.xlsx', 'annotation sheet', 'be the annotation')


def _find_folders(root: Path, layout: str) -> FrameFolders:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, FrameFolders] = {}
    for folder in walk(root, 3):
        paths = {(f'{int(subject.name):03d}', clip.name): clip
                 for subject in subfolders(folder) if re.fullmatch(r'\d{1,3}', subject.name, re.ASCII)
                 for clip in subfolders(subject)}
        if paths:
            place = folder.relative_to(root).as_posix() if folder != root else root.name
            name = 'cropped' if 'crop' in place.lower() else 'raw'
            found.setdefault(name, FrameFolders(folder, name, paths, (None,)))
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if name in found:
            return found[name]
    if not found:
        raise DatasetError(f'No clip folders 006/006_1_2 in {root}: unpack the frames of SAMM there.')
    raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(found))}): '
                       'choose another layout or unpack those frames there.')


def _subject(cell: object) -> str:
    text = text_of(cell)
    return f'{int(text):03d}' if re.fullmatch(r'\d{1,3}', text, re.ASCII) else text


def _number(cell: object) -> int | str:
    """A number or its text; below zero as well, since copies of the sheet may mark a missing apex so."""
    value = number_or_text(cell)
    return int(value) if isinstance(value, str) and re.fullmatch(r'-\d{1,9}', value, re.ASCII) else value


def _normalise(cells: dict[str, object]) -> Row:
    objective = whole_number(cells['objective'])
    return {'subject': _subject(cells['subject']), 'clip': text_of(cells['clip']),
            'emotion': emotion_of(cells['emotion']), 'action_units': text_of(cells['action_units']),
            'objective_class': objective if objective in range(1, 8) else None,
            'onset': number_or_text(cells['onset']), 'apex': _number(cells['apex']),
            'offset': number_or_text(cells['offset'])}


SAMM = ReleaseReader(
    name='samm', title='SAMM', read=read_samm, layouts=LAYOUTS, cropped_layouts=('cropped',), fps=FPS,
    census=CENSUS,
    description="""\
Expected in ROOT, at any of the first levels:
  SAMM_Micro_FACS_Codes_v2.xlsx
  006/006_1_2/006_05562.jpg ...             the frames of the release
  SAMM_CROP/006/006_1_2/006_05562.jpg ...   or faces that others cropped (layout 'cropped')""")
