"""Reader of the CASME II release.

Expected inside the release folder, at the top or one or two levels down: ``CASME2-coding-20140508.xlsx``
(or another version), optionally ``CASME2-ObjectiveClasses.xlsx``, and at least one of ``CASME2_RAW_selected``
(frames onset..offset), ``CASME2-RAW`` (with margins) and ``Cropped`` (the aligned face), each with
``subNN/<clip>/img<N>.jpg`` or ``reg_img<N>.jpg``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .errata import Erratum
from .folders import list_frames, release_folder, subfolders, walk
from .frame_folders import FrameFolders
from .record import Census, ReadResult, ReleaseReader
from .sheets import checksum, only_sheet, read_sheet, sheet_files, source_of, text_of, whole_number

FPS = 200
LAYOUTS = ('raw_selected', 'raw', 'cropped')
CENSUS = Census(
    emotions={'others': 99, 'disgust': 63, 'happiness': 32, 'repression': 27, 'surprise': 25, 'sadness': 7, 'fear': 2},
    subjects=26)

_MEB = 'tvaranka/meb (GitHub), CASME II loader'

CASME2_ERRATA: tuple[Erratum, ...] = (
    Erratum('casme2', '20140508', {'subject': 'sub04', 'clip': 'EP12_01f'}, 'apex', '/', 279,
            f'{_MEB}: apex estimated from optical flow'),
    Erratum('casme2', '20140508', {'subject': 'sub07', 'onset': 66, 'apex': 111, 'offset': 111}, 'offset', 111, 91,
            f'{_MEB}; genbing99/MEAN_Spot-then-recognize (GitHub) drops the row as an index error'),
    Erratum('casme2', '20140508', {'subject': 'sub07', 'onset': 66, 'apex': 111, 'offset': 111}, 'apex', 111, 78,
            f'{_MEB}; genbing99/MEAN_Spot-then-recognize (GitHub) drops the row as an index error'),
    Erratum('casme2', 'updated', {'subject': 'sub24', 'clip': 'EP02_07'}, 'clip', 'EP02_07', None,
            f'{_MEB}: no row in version 20140508; IcedDoggie/Micro-Expression-with-Deep-Learning (GitHub) '
            'lists the clip as one without a label'),
)

_COLUMNS = {
    'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('OnsetFrame', 'Onset'),
    'apex': ('ApexFrame', 'Apex'), 'offset': ('OffsetFrame', 'Offset'),
    'action_units': ('Action Units', 'AUs', 'AU'), 'emotion': ('Estimated Emotion', 'Emotion'),
}
_OBJECTIVE_COLUMNS = {'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'objective': ('Objective Class',)}
_TITLES = {name: titles[0] for name, titles in _COLUMNS.items()}
_SHEET_PREFERENCE = ('20140508', '20190701', 'updated')


def read_casme2(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'casme2') -> ReadResult:
    """Read a CASME II release.

    Every row of the sheet becomes a record or an entry of ``left_out``. Frames are those on disk from onset to
    offset; missing ones are remarked on, and an apex without a file moves to the nearest frame that has one.

    Args:
        root (str | Path): The release folder.
        errata (bool): Whether to apply :data:`CASME2_ERRATA`. Defaults to True.
        layout (str): ``raw_selected``, ``raw``, ``cropped``, or ``auto``: the first of these that is there.
            Defaults to 'auto'.
        dataset (str): Dataset name in sample ids, for other data laid out in the same way. Defaults to 'casme2'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its clips cannot be found, or the sheet cannot be read.
    """
    root = release_folder(root, 'CASME2-coding-20140508.xlsx and CASME2_RAW_selected')
    sheet, objective_sheet = _find_sheets(root)
    rows = read_sheet(sheet, _COLUMNS)
    if not rows:
        raise DatasetError(f'Sheet {sheet.name} has no row below its header: use the sheet of the original release.')
    objective_rows = [] if objective_sheet is None else read_sheet(objective_sheet, _OBJECTIVE_COLUMNS)
    objective = _objective_classes(objective_rows)
    folders = _find_folders(root, layout)
    source = source_of(root, sheet, rows, folders.folder)
    if objective_sheet is not None:
        source['objective_sheet'] = objective_sheet.name
        source['objective_sheet_checksum'] = checksum(objective_rows)
    rules = Rules(dataset, CENSUS.emotions, r'sub\d{2,4}', CASME2_ERRATA if errata else (), _TITLES)
    return assemble(((f'row {number}', _normalise(cells, objective)) for number, cells in rows), rules, folders, source)


def _find_sheets(root: Path) -> tuple[Path, Path | None]:
    sheets = sheet_files(root)
    objective = [path for path in sheets if 'objective' in path.name.lower()]
    coding = [path for path in sheets if path not in objective]
    named = [path for path in coding if 'coding' in path.name.lower()]
    for version in _SHEET_PREFERENCE:
        for path in named:
            if version in path.name.lower():
                return path, next(iter(objective), None)
    return only_sheet(named or coding, root, 'CASME2-coding-20140508.xlsx'), next(iter(objective), None)


def _objective_classes(rows: list[tuple[int, dict[str, object]]]) -> dict[tuple[str, str], int]:
    classes = {}
    for _, cells in rows:
        value = whole_number(cells['objective'])
        if value is not None and 1 <= value <= 7:
            classes[_subject(cells['subject']), text_of(cells['clip'])] = value
    return classes


def _find_folders(root: Path, layout: str) -> FrameFolders:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, FrameFolders] = {}
    for folder in walk(root, 3):
        paths = {(f'sub{int(match[1]):02d}', clip.name): clip
                 for subject in subfolders(folder)
                 if (match := re.fullmatch(r'sub[ _-]?(\d{1,4})', subject.name, re.IGNORECASE | re.ASCII))
                 for clip in subfolders(subject)}
        if paths:
            name = _layout_of(folder.relative_to(root).as_posix() if folder != root else root.name, paths.values())
            found.setdefault(name, FrameFolders(folder, name, paths, ('reg_img' if name == 'cropped' else 'img',)))
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if name in found:
            return found[name]
    if not found:
        raise DatasetError(f'No clip folders subNN/<clip> in {root}: unpack CASME2_RAW_selected there.')
    raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(found))}): '
                       'choose another layout or unpack that part of the release.')


def _layout_of(name: str, clips: Iterable[Path]) -> str:
    name = name.lower()
    for word, layout in (('crop', 'cropped'), ('select', 'raw_selected'), ('raw', 'raw')):
        if word in name:
            return layout
    return 'cropped' if any(list_frames(clip, 'reg_img')[0] for clip in clips) else 'raw_selected'


def _subject(cell: object) -> str:
    match = re.fullmatch(r'(?:sub)?[ _-]?(\d{1,4})', text_of(cell).lower(), re.ASCII)
    return f'sub{int(match[1]):02d}' if match else text_of(cell)


def _normalise(cells: dict[str, object], objective: dict[tuple[str, str], int]) -> Row:
    subject, clip = _subject(cells['subject']), text_of(cells['clip'])
    return {'subject': subject, 'clip': clip, 'emotion': emotion_of(cells['emotion']),
            'action_units': text_of(cells['action_units']), 'objective_class': objective.get((subject, clip)),
            **{name: number_or_text(cells[name]) for name in ('onset', 'apex', 'offset')}}


CASME2 = ReleaseReader(
    name='casme2', title='CASME II', read=read_casme2, layouts=LAYOUTS, cropped_layouts=('cropped',), fps=FPS,
    census=CENSUS,
    description="""\
Expected in ROOT, at any of the first levels:
  CASME2-coding-20140508.xlsx
  CASME2_RAW_selected/sub01/EP02_01f/img46.jpg ...   or CASME2-RAW (with margins) or Cropped (reg_img46.jpg)
  CASME2-ObjectiveClasses.xlsx                       (optional)""")
