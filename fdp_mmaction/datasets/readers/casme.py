"""Reader of the CASME release (the first one, of 2013).

Expected inside the release folder, at the top or one or two levels down: the coding sheet (columns Subject, Filename,
OnsetF, ApexF1, ApexF2, OffsetF, AU, Emotion), or one for each of the sections A and B, and at least one of
``CASME_raw_selected`` (``sub01/EP01_5/EP01_5-29.jpg``) and the cropped faces (``sub01/EP01_5/reg_EP01_5-29.jpg``).
Sections may lie in folders of their own. Frame numbers are padded to three digits in section B only.

Sources: W.-J. Yan, Q. Wu, Y.-J. Liu, S.-J. Wang, X. Fu, *CASME Database: A Dataset of Spontaneous Micro-Expressions
Collected From Neutralized Faces*, FG 2013; tvaranka/meb (GitHub), CASME loader.
"""

from __future__ import annotations

import re
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .clip_bounds import bounds_from_folder
from .folders import files_in, release_folder, subfolders, walk
from .frame_folders import FrameFolders, Key
from .record import Census, ReadResult, ReleaseReader
from .sheets import checksum, read_sheet, sheet_files, text_of, whole_number

FPS = 60
LAYOUTS = ('raw_selected', 'cropped')
CENSUS = Census(
    emotions={'tense': 69, 'disgust': 44, 'repression': 38, 'surprise': 20, 'happiness': 9, 'sadness': 6, 'fear': 2,
              'contempt': 1},
    subjects=19, certain_split=False, certain_subjects=False)

_COLUMNS = {
    'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('OnsetF', 'OnsetFrame', 'Onset'),
    'apex': ('ApexF1', 'ApexF', 'ApexFrame', 'Apex'), 'second_apex': ('ApexF2',),
    'offset': ('OffsetF', 'OffsetFrame', 'Offset'), 'action_units': ('AU', 'AUs', 'Action Units'),
    'emotion': ('Emotion', 'Estimated Emotion'),
}
_TITLES = {name: titles[0] for name, titles in _COLUMNS.items()}
_Cells = list[tuple[int, dict[str, object]]]


def read_casme(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'casme') -> ReadResult:
    """Read a CASME release.

    Every row of the sheet (or sheets) becomes a record or an entry of ``left_out``. Frames are those on disk from
    onset to offset. The apex is ``ApexF1``, or ``ApexF2`` where that is no number.

    Args:
        root (str | Path): The release folder.
        errata (bool): Whether to take onset and offset from the frames on disk where those of the sheet cannot be,
            see :func:`~.clip_bounds.bounds_from_folder`; tvaranka/meb corrects 5 rows that way. Defaults to True.
        layout (str): ``raw_selected``, ``cropped``, or ``auto``: the first of these that is there.
            Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'casme'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its clips cannot be found, or no sheet can be read.
    """
    root = release_folder(root, 'the coding sheet and CASME_raw_selected')
    sheets = _read_sheets(root)
    folders = _find_folders(root, layout)
    source = {'folder': root.resolve().name, 'sheet': ', '.join(path.name for path in sheets),
              'sheet_checksum': ', '.join(checksum(rows) for rows in sheets.values()),
              'clips': folders.folder.relative_to(root).as_posix()}
    normalised = ((f'{path.name} row {number}' if len(sheets) > 1 else f'row {number}', _normalise(cells))
                  for path, rows in sheets.items() for number, cells in rows)
    return assemble(((where, bounds_from_folder(row, folders) if errata else row) for where, row in normalised),
                    Rules(dataset, CENSUS.emotions, r'sub\d{2,4}', titles=_TITLES), folders, source)


def _read_sheets(root: Path) -> dict[Path, _Cells]:
    """Every sheet that has the columns; a release has one, or one for each section."""
    sheets: dict[Path, _Cells] = {}
    first_error: DatasetError | None = None
    for path in sheet_files(root):
        try:
            sheets[path] = read_sheet(path, _COLUMNS, optional=('second_apex',))
        except DatasetError as error:
            first_error = first_error or error
    if not any(sheets.values()):
        raise first_error or DatasetError(f'No coding sheet with rows in {root}: put that of the release there.')
    return sheets


def _find_folders(root: Path, layout: str) -> FrameFolders:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, tuple[list[Path], dict[Key, Path]]] = {}
    for folder in walk(root, 4):
        clips = [(f'sub{int(match[1]):02d}', clip) for subject in subfolders(folder)
                 if (match := re.fullmatch(r'sub[ _-]?(\d{1,4})', subject.name, re.IGNORECASE | re.ASCII))
                 for clip in subfolders(subject)]
        if clips:
            name = (folder.relative_to(root).as_posix() if folder != root else root.name).lower()
            cropped = 'crop' in name or ('raw' not in name and any(_registered(clip) for _, clip in clips))
            parents, paths = found.setdefault('cropped' if cropped else 'raw_selected', ([], {}))
            parents.append(folder)
            for subject, clip in clips:
                if (subject, clip.name) in paths:   # in another section: to be listed as one without a row
                    subject = f'{folder.relative_to(root).as_posix()}/{subject}'
                paths[subject, clip.name] = clip
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if name in found:
            parents, paths = found[name]
            return FrameFolders(parents[0] if len(parents) == 1 else root, name, paths, (None,))
    if not found:
        raise DatasetError(f'No clip folders subNN/<clip> in {root}: unpack CASME_raw_selected there.')
    raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(found))}): '
                       'choose another layout or unpack that part of the release.')


def _registered(clip: Path) -> bool:
    return any(path.name.lower().startswith('reg_') for path in files_in(clip))


def _normalise(cells: dict[str, object]) -> Row:
    subject = text_of(cells['subject'])
    match = re.fullmatch(r'(?:sub)?[ _-]?(\d{1,4})', subject.lower(), re.ASCII)
    second = cells['second_apex'] if whole_number(cells['apex']) is None else None
    return {'subject': f'sub{int(match[1]):02d}' if match else subject, 'clip': text_of(cells['clip']),
            'onset': number_or_text(cells['onset']), 'offset': number_or_text(cells['offset']),
            'apex': number_or_text(cells['apex'] if whole_number(second) is None else second),
            'emotion': emotion_of(cells['emotion']), 'action_units': text_of(cells['action_units'])}


CASME = ReleaseReader(
    name='casme', title='CASME', read=read_casme, layouts=LAYOUTS, cropped_layouts=('cropped',), fps=FPS, census=CENSUS,
    description="""\
Expected in ROOT, at any of the first levels:
  the coding sheet (Subject, Filename, OnsetF, ApexF1, ...), or one per section
  CASME_raw_selected/sub01/EP01_5/EP01_5-29.jpg ...   or the cropped faces (reg_EP01_5-29.jpg)""")
