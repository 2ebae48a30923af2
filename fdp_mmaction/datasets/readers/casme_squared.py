"""Reader of the CAS(ME)^2 release: its micro-expressions, or its macro-expressions.

Expected inside the release folder, at the top or one or two levels down: ``CAS(ME)^2code_final.xlsx`` (also without
``^``, or ``code_final.xlsx``), and at least one of

- ``rawpic/s15/15_0102eatingworms/img001.jpg``: the long videos, several movements in each;
- ``longVideoFaceCropped/s15/15_0102eatingworms/...``: the same, the face alone;
- ``selectedpic/s15/anger1_1/img557.jpg``: one folder per movement, frames numbered as in the long video;
- ``cropped/15/anger1_1/img557.jpg``: the same, the face alone.

The sheets have no header: the movements, then subject number to folder (``naming rule1``), then stimulus to video code
(``naming rule2``). One stimulus and running number may name a micro- and a macro-expression, so a sample is named
``<clip>_<onset>``. A movement whose offset was not determined (0) ends at its apex.

Sources: F. Qu, S.-J. Wang, W.-J. Yan, H. Li, S. Wu, X. Fu, IEEE Transactions on Affective Computing 9(4), 2018;
genbing99/SoftNet-SpotME (GitHub) reads the sheets by position and ends an offset of 0 at the apex;
garlic0000/ME-GCN-Project (GitHub) lists folders, file names and the video of s23 in the folder of s19.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .casme_squared_folders import LAYOUTS, find_folders
from .folders import release_folder
from .record import Census, ReadResult, ReleaseReader
from .sheets import only_sheet, read_columns, sheet_files, source_of, text_of, whole_number

FPS = 30
# The numbers of samples and subjects agree with the list of all movements in xjtupanda/AUW-GCN (GitHub) and the folds
# of genbing99/SoftNet-SpotME (GitHub); no list of the classes is public.
CENSUS = Census({'negative': 21, 'positive': 8, 'surprise': 9, 'others': 19}, subjects=14, certain_split=False)
MACRO_CENSUS = Census({'negative': 105, 'positive': 116, 'surprise': 16, 'others': 63}, subjects=20,
                      certain_split=False)

SUBJECTS: Mapping[int, str] = dict(enumerate(
    (f's{number}' for number in (15, 16, *range(19, 28), *range(29, 39), 40)), start=1))
"""Number of a subject in the sheet to the name of its folder."""

VIDEOS: Mapping[str, str] = {
    'disgust1': '0101', 'disgust2': '0102', 'anger1': '0401', 'anger2': '0402', 'happy1': '0502', 'happy2': '0503',
    'happy3': '0505', 'happy4': '0507', 'happy5': '0508'}
"""Stimulus, as in clip names, to the code in the names of videos."""

_COLUMNS = {name: position for position, name in enumerate(
    ('subject', 'clip', 'onset', 'apex', 'offset', 'action_units', 'emotion', 'type'))}   # and the subject's own report
_UNDETERMINED = (0, '', '/', '-')


def read_casme_squared(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'casme_squared',
                       expression: str = 'micro') -> ReadResult:
    """Read the micro-expressions (or macro-expressions) of a CAS(ME)^2 release.

    Every row of the sheet that is of the type asked for, or of no known type, becomes a record or an entry of
    ``left_out``; rows of the other type are counted in ``source['rows_of_other_type']``.

    Args:
        root (str | Path): The release folder.
        errata (bool): Has no effect, because no errors of the sheet are known. Defaults to True.
        layout (str): ``rawpic``, ``selectedpic``, ``cropped``, ``long_cropped``, or ``auto``: the first of these that
            is there. Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'casme_squared'.
        expression (str): ``'micro'`` or ``'macro'``. Defaults to 'micro'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its clips cannot be found, the sheet cannot be read, or its naming
            rules contradict those of the release.
    """
    if expression not in ('micro', 'macro'):
        raise DatasetError(f"Unknown kind of expression {expression!r}: choose 'micro' or 'macro'.")
    root = release_folder(root, 'CAS(ME)^2code_final.xlsx and rawpic')
    sheet = _find_sheet(root)
    cells = _read(sheet, _COLUMNS, 'CASFEcode_final', 0)
    if not cells:
        raise DatasetError(f'Sheet {sheet.name} has no row: use the sheet of the original release.')
    subjects, videos = _subject_table(sheet), _video_table(sheet)
    rows = [(number, _normalise(row, subjects)) for number, row in cells]
    folders, long_videos = find_folders(root, layout, subjects, {(row['subject'], row['stem']) for _, row in rows})
    located = [(f'row {number}', row if long_videos is None else _in_long_video(row, videos, long_videos))
               for number, row in rows]
    wanted = [(where, row) for where, row in located if row['type'] in (expression, None)]
    others = [row for _, row in located if row['type'] not in (expression, None)]
    for row in others:
        key = folders.find(str(row['subject']), str(row['folder']))
        folders.used.update([key] if key else [])
    source = {**source_of(root, sheet, cells, folders.folder), 'rows_of_other_type': str(len(others))}
    rules = Rules(dataset, CENSUS.emotions, r's\d{2,3}', titles={'clip': 'clip'})
    return assemble(wanted, rules, folders, source)


def read_casme_squared_macro(root: str | Path, *, errata: bool = True, layout: str = 'auto',
                             dataset: str = 'casme_squared_macro') -> ReadResult:
    """Read the macro-expressions of a CAS(ME)^2 release, see :func:`read_casme_squared`."""
    return read_casme_squared(root, errata=errata, layout=layout, dataset=dataset, expression='macro')


def _find_sheet(root: Path) -> Path:
    sheets = [path for path in sheet_files(root) if 'blink' not in path.name.lower()]
    candidates = [path for path in sheets if 'code_final' in path.name.lower()] or sheets
    return only_sheet(candidates, root, 'CAS(ME)^2code_final.xlsx')


def _read(path: Path, columns: Mapping[str, int], name: str, position: int) -> list[tuple[int, dict[str, object]]]:
    """A sheet by its name, or else by its position."""
    try:
        return read_columns(path, columns, name)
    except DatasetError:
        return read_columns(path, columns, position)


def _table(path: Path, columns: Mapping[str, int], name: str, position: int) -> list[tuple[int, dict[str, object]]]:
    try:
        return _read(path, columns, name, position)
    except DatasetError:   # the movements were read from this file, so it is only that sheet that is missing
        return []


def _subject_table(sheet: Path) -> dict[int, str]:
    table = dict(SUBJECTS)
    for number, cells in _table(sheet, {'folder': 1, 'id': 2}, 'naming rule1', 1):
        match = re.fullmatch(r's?(\d{2,3})', text_of(cells['folder']).lower(), re.ASCII)
        subject, folder = whole_number(cells['id']), f's{int(match[1]):02d}' if match else ''
        if folder and subject is not None and table.setdefault(subject, folder) != folder:
            raise DatasetError(f'Sheet {sheet.name}, naming rule1, row {number} says that subject {subject} is '
                               f'{folder}, not {table[subject]}: use the sheet of the original release.')
    return table


def _video_table(sheet: Path) -> dict[str, str]:
    table = dict(VIDEOS)
    for number, cells in _table(sheet, {'code': 0, 'stimulus': 1}, 'naming rule2', 2):
        code, stimulus = text_of(cells['code']).zfill(4), text_of(cells['stimulus']).lower()
        known = re.fullmatch(r'\d{4}', code, re.ASCII) and re.fullmatch(r'[a-z]+\d+', stimulus, re.ASCII)
        if known and table.setdefault(stimulus, code) != code:
            raise DatasetError(f'Sheet {sheet.name}, naming rule2, row {number} says that {stimulus} is video {code}, '
                               f'not {table[stimulus]}: use the sheet of the original release.')
    return table


def _normalise(cells: Mapping[str, object], subjects: Mapping[int, str]) -> Row:
    number, stem = whole_number(cells['subject']), text_of(cells['clip']).lower()
    subject = None if number is None else subjects.get(number)
    onset, apex, offset = (number_or_text(cells[name]) for name in ('onset', 'apex', 'offset'))
    kind = re.match(r'micro|macro', text_of(cells['type']).lower())
    ends_at_apex = offset in _UNDETERMINED
    problem = None
    if kind is None:
        problem = f'type {text_of(cells["type"])!r} is neither micro-expression nor macro-expression'
    elif subject is None:
        problem = f'subject {text_of(cells["subject"])!r} is not in the table of subjects (naming rule1)'
    elif not stem:
        problem = 'no clip is named'
    elif ends_at_apex and (not isinstance(apex, int) or apex == 0):
        problem = f'neither the offset ({offset!r}) nor the apex ({apex!r}) is determined'
    return {'subject': subject or text_of(cells['subject']), 'clip': f'{stem}_{onset}', 'stem': stem, 'folder': stem,
            'type': kind[0] if kind else None, 'onset': onset, 'apex': apex, 'offset': apex if ends_at_apex else offset,
            'emotion': emotion_of(cells['emotion']), 'action_units': text_of(cells['action_units']),
            'problem': problem, 'remark': 'no offset is given: the movement ends at its apex' if ends_at_apex else None}


def _in_long_video(row: Row, videos: Mapping[str, str], folders: Mapping[tuple[str, str], str]) -> Row:
    """The row with the folder of its long video."""
    subject, stimulus = str(row['subject']), str(row['stem']).split('_')[0]
    if stimulus not in videos:
        said = f'stimulus {stimulus!r} is not in the table of videos (naming rule2)'
        return {**row, 'problem': row['problem'] or said}
    expected = f'{subject.lstrip("s")}_{videos[stimulus]}'
    return {**row, 'folder': folders.get((subject, videos[stimulus]), expected)}


def _reader(name: str, kind: str, other: str, read: Callable[..., ReadResult], census: Census) -> ReleaseReader:
    return ReleaseReader(
        name=name, title=f'CAS(ME)^2, {kind}-expressions', read=read, layouts=LAYOUTS,
        cropped_layouts=('cropped', 'long_cropped'), fps=FPS, census=census,
        description=f"""\
Expected in ROOT, at any of the first levels:
  CAS(ME)^2code_final.xlsx                            or CAS(ME)2code_final.xlsx, code_final.xlsx
  rawpic/s15/15_0101disgustingteeth/img001.jpg ...    or longVideoFaceCropped,
                                                      selectedpic (s15/anger1_1/img557.jpg), cropped (15/anger1_1)
Its {kind}-expressions are prepared; {other} prepares the others.""")


CASME_SQUARED = _reader('casme_squared', 'micro', 'casme_squared_macro', read_casme_squared, CENSUS)
CASME_SQUARED_MACRO = _reader('casme_squared_macro', 'macro', 'casme_squared', read_casme_squared_macro, MACRO_CENSUS)
