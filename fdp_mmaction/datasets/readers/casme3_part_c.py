"""Reader of CAS(ME)^3, part C: micro-expressions of a mock crime.

Expected inside the release folder, at one of the first levels: ``CAS(ME)3_part_C_ME.xlsx``, and at least one of the
whole videos, one per subject (``part_C/01/a/color/166.jpg``), and the clips that tvaranka/meb (GitHub) cuts out of
them (``ME_C/01/3/color/166.jpg``, by the running number ``count`` of the sheet).

The sheet gives no apex: the middle of onset and offset is used. Which emotions it gives is not established by a
publication; a column ``emotion`` is read if there is one, and without it there is nothing to recognise.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .casme3 import colour_folder, objective_class
from .folders import release_folder, subfolders, walk
from .frame_folders import FrameFolders, Key
from .record import Census, ReadResult, ReleaseReader
from .sheets import only_sheet, read_sheet, sheet_files, source_of, text_of

FPS = 30
LAYOUTS = ('full', 'clips')
CENSUS = Census(emotions={}, subjects=31, certain_subjects=False, total=166)
EMOTIONS = ('negative', 'positive', 'surprise', 'others', 'happiness', 'disgust', 'fear', 'anger', 'sadness')
SHEET = 'CAS(ME)3_part_C_ME.xlsx'

_COLUMNS = {
    'subject': ('sub', 'Subject'), 'count': ('count',), 'onset': ('onset', 'StartFrame', 'OnsetFrame'),
    'offset': ('offset', 'EndFrame', 'OffsetFrame'), 'apex': ('apex', 'ApexFrame'),
    'action_units': ('au', 'AUs', 'Action Units'), 'objective': ('Objective class',),
    'emotion': ('emotion', 'emotion class', 'emotion type', 'Estimated Emotion', 'label'),
    'expression': ('Expression type',),
}
_OPTIONAL = ('apex', 'action_units', 'objective', 'emotion', 'expression')
_TITLES = {'subject': 'sub', 'clip': 'count'}
_SUBJECT = r'(?:sub)?[ _-]*(\d{1,3})'
_NOT_HERE = rf'{_SUBJECT}|sp[ _-]?no.*|(?!.*rgb).*depth.*|part[ _-]?[ab](?![a-z]).*'


def read_casme3_part_c(root: str | Path, *, errata: bool = True, layout: str = 'auto',
                       dataset: str = 'casme3_part_c') -> ReadResult:
    """Read part C of a CAS(ME)^3 release.

    Every row of the sheet becomes a record or an entry of ``left_out``. A sample is called by its subject and the
    running number of the sheet, ``casme3_part_c/01/3``.

    Args:
        root (str | Path): The release folder.
        errata (bool): No mistakes of the sheet are known. Defaults to True.
        layout (str): ``full`` (whole videos), ``clips``, or ``auto``: the first of these that is there.
            Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'casme3_part_c'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its videos cannot be found, or the sheet cannot be read or gives no
            emotions.
    """
    root = release_folder(root, f'{SHEET} and part_C')
    sheet = _find_sheet(root)
    rows = read_sheet(sheet, _COLUMNS, _OPTIONAL)
    if any(text_of(cells['expression']) for _, cells in rows):
        raise DatasetError(f'Sheet {sheet.name} lists all movements for spotting: put {SHEET} of the release there.')
    if not any(text_of(cells['emotion']) for _, cells in rows):
        raise DatasetError(f'Sheet {sheet.name} gives no emotion, so there is nothing to recognise: add a column '
                           "'emotion' (negative, positive, surprise or others).")
    folders = _find_folders(root, layout)
    source = source_of(root, sheet, rows, folders.folder)
    rules = Rules(dataset, EMOTIONS, r'\d{2,3}', titles=_TITLES)
    result = assemble(((f'row {number}', _normalise(cells, folders)) for number, cells in rows), rules, folders, source)
    return replace(result, unlabelled=result.unlabelled if folders.layout == 'clips' else (), census=CENSUS)


def _matches(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII)


def _not_here(folder: Path) -> bool:
    return _matches(_NOT_HERE, folder.name) is not None


def _find_sheet(root: Path) -> Path:
    names = {path: re.sub(r'[\W_]+', '', path.stem.lower()) for path in sheet_files(root, 3, _not_here)}
    names = {path: name for path, name in names.items() if 'parta' not in name and 'partb' not in name}
    candidates = ([path for path, name in names.items() if name.endswith('partcme')][:1]
                  or [path for path, name in names.items() if 'partc' in name] or list(names))
    return only_sheet(candidates, root, SHEET, 'label sheet of part C', 'hold the labels')


def _find_folders(root: Path, layout: str) -> FrameFolders:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, FrameFolders] = {}
    for folder in walk(root, 5, _not_here):
        paths: dict[str, dict[Key, Path]] = {name: {} for name in LAYOUTS}
        for child in subfolders(folder):
            match = _matches(_SUBJECT, child.name)
            for inside in subfolders(child) if match else ():
                name, key = _sort(inside)
                images = colour_folder(inside)
                if match and name and images is not None:
                    paths[name].setdefault((f'{int(match[1]):02d}', key), images)
        for name in LAYOUTS:
            if paths[name]:
                found.setdefault(name, FrameFolders(folder, name, paths[name], ('',), shared=name == 'full'))
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if name in found:
            return found[name]
    if found:
        raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {", ".join(sorted(found))}): '
                           'choose another layout or unpack that part of the release.')
    raise DatasetError(f'No videos <subject>/a/color in {root}, nor clips <subject>/<count>/color: '
                       'unpack part_C there.')


def _sort(folder: Path) -> tuple[str, str]:
    """Layout and name of a folder inside that of a subject."""
    if _matches('[a-z]', folder.name):
        return 'full', folder.name
    number = _matches(r'\d{1,6}', folder.name)
    return ('clips', str(int(number[0]))) if number else ('', '')


def _normalise(cells: dict[str, object], folders: FrameFolders) -> Row:
    match = _matches(_SUBJECT, text_of(cells['subject']))
    subject = f'{int(match[1]):02d}' if match else text_of(cells['subject'])
    count = number_or_text(cells['count'])
    videos = [name for owner, name in folders.paths if owner == subject] if folders.shared else []
    return {'subject': subject, 'clip': str(count), 'onset': number_or_text(cells['onset']),
            'offset': number_or_text(cells['offset']),
            'apex': None if cells['apex'] is None else number_or_text(cells['apex']),
            'folder': (videos[0] if len(videos) == 1 else 'a') if folders.shared else str(count),
            'problem': None if isinstance(count, int) else f'count {count!r} is not a whole number',
            'emotion': emotion_of(cells['emotion']), 'action_units': text_of(cells['action_units']),
            'objective_class': objective_class(cells['objective'])}


CASME3_PART_C = ReleaseReader(
    name='casme3_part_c', title='CAS(ME)^3 part C (mock crime)', read=read_casme3_part_c, layouts=LAYOUTS,
    cropped_layouts=(), fps=FPS, census=CENSUS,
    description=f"""\
Expected in ROOT, at any of the first levels:
  {SHEET}                with a column of emotions
  part_C/01/a/color/166.jpg ...          whole videos, one per subject (layout full), depth is ignored
  ME_C/01/3/color/166.jpg ...            or clips cut out of them (layout clips)""")
