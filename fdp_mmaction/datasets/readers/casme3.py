"""Reader of CAS(ME)^3, part A, in both versions of its labels.

Expected inside the release folder, at one of the first levels: ``cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx`` (or
``..._v1.xls``), and at least one of the whole videos (``spNO.1/b/color/166.jpg``) and the clips of the
micro-expressions (``Part_A_ME_clip/frame/spNO.1_b_166/166.jpg``). Depth images and videos are left alone.

A video holds several micro-expressions, so a sample is called by the letter of the video and the onset in the sheet,
``casme3/spNO.1/b_166``. Sheets and folders differ in the case of letters (``J``, ``j``; ``spNO``, ``spNo``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .errata import Erratum
from .folders import release_folder, subfolders, walk
from .frame_folders import FrameFolders, Key
from .record import Census, ReadResult, ReleaseReader
from .sheets import read_sheet, sheet_files, source_of, text_of, whole_number

FPS = 30
LAYOUTS = ('full', 'clips')
CENSUS = Census(
    emotions={'disgust': 250, 'surprise': 187, 'others': 161, 'fear': 86, 'anger': 64, 'sadness': 57, 'happiness': 55},
    subjects=94)
CENSUS_V1 = Census(
    emotions={'disgust': 281, 'surprise': 201, 'others': 170, 'fear': 93, 'anger': 70, 'sadness': 64, 'happiness': 64},
    subjects=95, certain_split=False, certain_subjects=False)
SHEETS = {'v2': 'cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx', 'v1': 'cas(me)3_part_A_ME_label_JpgIndex_v1.xls'}

_CENSUSES = {'v2': CENSUS, 'v1': CENSUS_V1}
_READERS = {'v2': 'casme3', 'v1': 'casme3_v1'}
_MEB = 'tvaranka/meb (GitHub), CAS(ME)^3 loader'


def _mistake(subject: str, video: str, onset: int, field: str, bad_value: int, new_value: int, source: str,
             **more: int) -> Erratum:
    key = {'subject': f'spNO.{subject}', 'video': video, 'onset': onset, **more}
    return Erratum('casme3', 'v2', key, field, bad_value, new_value, source)


CASME3_ERRATA: tuple[Erratum, ...] = (
    _mistake('149', 'd', 112, 'apex', 83, 160, f'{_MEB}; the apex comes before the onset', offset=358),
    _mistake('214', 'c', 5, 'offset', 3460, 34, _MEB, apex=5),
    _mistake('216', 'd', 3647, 'onset', 3647, 2647, f'{_MEB}; the onset comes after the apex', apex=2668, offset=2694),
    _mistake('216', 'e', 0, 'onset', 0, 1, f'{_MEB}; frames are numbered from 1'),
    _mistake('216', 'e', 0, 'apex', 0, 1, f'{_MEB}; frames are numbered from 1'),
    _mistake('40', 'e', 1812, 'offset', 0, 1845, f'{_MEB}; the offset is missing'),
    _mistake('40', 'e', 2327, 'offset', 0, 2403, f'{_MEB}; the offset is missing'),
)

_COLUMNS = {
    'subject': ('Subject',), 'video': ('Filename', 'File name'), 'onset': ('Onset',), 'apex': ('Apex',),
    'offset': ('Offset',), 'action_units': ('AU', 'AUs', 'Action Units'), 'objective': ('Objective class',),
    'emotion': ('emotion', 'Estimated Emotion'), 'expression': ('Expression type',), 'shade': ('shade',),
}
_OPTIONAL = ('action_units', 'objective', 'emotion', 'expression', 'shade')
_TITLES = {'clip': 'Filename', 'onset': 'Onset', 'apex': 'Apex', 'offset': 'Offset'}
_OTHER_SHEETS = ('mae', 'partb', 'partc', 'wrongly', 'error', 'selfreport')
_SUBJECT = r'sp[ _-]?no[ ._-]*(\d{1,4})'
_CLIP = rf'{_SUBJECT}[ _]+([a-z])[ _]+(\d{{1,9}})'
_NOT_HERE = rf'{_SUBJECT}|{_CLIP}|(?!.*rgb).*depth.*|part[ _-]?[bc](?![a-z]).*'
_ROMAN = {'I': 1, 'II': 2, 'III': 3, 'IV': 4, 'V': 5, 'VI': 6, 'VII': 7}


def read_casme3(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'casme3',
                version: str = 'v2') -> ReadResult:
    """Read part A of a CAS(ME)^3 release.

    Every row of the sheet becomes a record or an entry of ``left_out``. Frames are those on disk from onset to
    offset; cameras dropped some, which is remarked on.

    Args:
        root (str | Path): The release folder.
        errata (bool): Whether to apply :data:`CASME3_ERRATA`. Defaults to True.
        layout (str): ``full`` (whole videos), ``clips``, or ``auto``: the first of these that is there.
            Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'casme3'.
        version (str): Version of the labels, ``v2`` or ``v1``. Defaults to 'v2'.

    Returns:
        ReadResult: Records and an account of everything else, with the census of the version.

    Raises:
        DatasetError: If the folder, its sheet or its videos cannot be found, or the sheet cannot be read.
    """
    root = release_folder(root, f'{SHEETS[version]} and the folders spNO.1, spNO.10, ... or Part_A_ME_clip')
    sheet = _find_sheet(root, version)
    rows = read_sheet(sheet, _COLUMNS, _OPTIONAL, named='label')
    if any(text_of(cells['expression']) for _, cells in rows):
        raise DatasetError(f'Sheet {sheet.name} lists all movements for spotting, without emotions: '
                           f'put {SHEETS[version]} of the release there.')
    if not any(text_of(cells['emotion']) for _, cells in rows):
        raise DatasetError(f'Sheet {sheet.name} gives no emotion: put {SHEETS[version]} of the release there.')
    folders = _find_folders(root, layout)
    source = {**source_of(root, sheet, rows, folders.folder), 'version': version}
    rules = Rules(dataset, CENSUS.emotions, r'spNO\.\d{1,4}', CASME3_ERRATA if errata else (), _TITLES)
    result = assemble(((f'row {number}', _normalise(cells, folders.layout)) for number, cells in rows), rules, folders,
                      source)
    # Most videos show no micro-expression: only a clip without a row is worth a word.
    unlabelled = result.unlabelled if folders.layout == 'clips' else ()
    return replace(result, unlabelled=unlabelled, census=_CENSUSES[version])


def colour_folder(video: Path) -> Path | None:
    """The folder with the colour images of a video: ``color`` in it, or the folder itself in copies without depth.

    Args:
        video (Path): Folder of a video.

    Returns:
        Path | None: The folder; None if the video has depth images only.
    """
    inside = {child.name.lower(): child for child in subfolders(video)}
    return inside.get('color') or (None if 'depth' in inside else video)


def objective_class(cell: object) -> int | None:
    """An objective class, which the release writes in Roman numerals.

    Args:
        cell (object): Cell value: ``I`` to ``VII``, or 1 to 7.

    Returns:
        int | None: 1 to 7; None for anything else.
    """
    number = whole_number(cell)
    if number is None:
        return _ROMAN.get(unicodedata.normalize('NFKC', text_of(cell)).upper())
    return number if 1 <= number <= 7 else None


def _matches(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII)


def _not_here(folder: Path) -> bool:
    return _matches(_NOT_HERE, folder.name) is not None


def _find_sheet(root: Path, version: str) -> Path:
    names = {path: re.sub(r'[\W_]+', '', path.stem.lower()) for path in sheet_files(root, 3, _not_here)}
    names = {path: name for path, name in names.items() if not any(word in name for word in _OTHER_SHEETS)}
    labels = [path for path, name in names.items() if 'label' in name] or list(names)
    stated = {path: next(iter(re.findall(r'v[12]', names[path])), None) for path in labels}
    own = [path for path in labels if stated[path] == version]
    candidates = ([path for path in own if names[path].endswith(version)][:1] or own
                  or [path for path in labels if stated[path] is None])
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise DatasetError(f'Several sheets in {root} could hold the labels '
                           f'({", ".join(path.name for path in candidates)}): keep the one to read.')
    if labels:
        other = 'v1' if version == 'v2' else 'v2'
        raise DatasetError(f'The labels in {root} are of version {other} ({labels[0].name}): put {SHEETS[version]} '
                           f'there, or choose the dataset {_READERS[other]}.')
    raise DatasetError(f'No label sheet of part A in {root}: put {SHEETS[version]} of the release there.')


def _find_folders(root: Path, layout: str) -> FrameFolders:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, dict[Key, Path]] = {name: {} for name in LAYOUTS}
    parents: dict[str, set[Path]] = {name: set() for name in LAYOUTS}
    for folder in walk(root, 4, _not_here):
        for child in subfolders(folder):
            clip, subject = _matches(_CLIP, child.name), _matches(_SUBJECT, child.name)
            if clip:
                found['clips'].setdefault((f'spNO.{int(clip[1])}', f'{clip[2]}_{int(clip[3])}'), child)
                parents['clips'].add(folder)
            for video in _videos(child) if subject else ():
                images = colour_folder(video)
                if images is not None and subject:
                    found['full'].setdefault((f'spNO.{int(subject[1])}', video.name), images)
                    parents['full'].add(folder)
    for name in LAYOUTS if layout == 'auto' else (layout,):
        if found[name]:
            parent = next(iter(parents[name])) if len(parents[name]) == 1 else root
            return FrameFolders(parent, name, found[name], ('',), shared=name == 'full')
    others = ', '.join(name for name in LAYOUTS if found[name])
    if others:
        raise DatasetError(f'No frames of layout {layout!r} in {root} (found: {others}): '
                           'choose another layout or unpack that part of the release.')
    raise DatasetError(f'No videos spNO.<number>/<letter>/color in {root}, nor clips spNO.<number>_<letter>_<onset>: '
                       'unpack part_A or Part_A_ME_clip there.')


def _videos(subject: Path) -> list[Path]:
    inside = subfolders(subject)
    if len(inside) == 1 and _matches(_SUBJECT, inside[0].name):   # archives unpacked into folders of their own
        inside = subfolders(inside[0])
    return [video for video in inside if _matches('[a-z]', video.name)]


def _normalise(cells: dict[str, object], layout: str) -> Row:
    match = _matches(r'(?:sp[ _-]?no[ ._-]*)?(\d{1,4})', text_of(cells['subject']))
    video = text_of(cells['video'])
    numbers = {name: number_or_text(cells[name]) for name in ('onset', 'apex', 'offset')}
    onset = numbers['onset']
    problem = None
    if not _matches('[a-z]', video):
        problem = f'Filename {video!r} is not the letter of a video'
    elif not isinstance(onset, int):
        problem = f'Onset {onset!r} is not a whole number'
    return {'subject': f'spNO.{int(match[1])}' if match else text_of(cells['subject']),
            'video': video.lower(), 'clip': f'{video.lower()}_{onset}', **numbers,
            'folder': video if layout == 'full' else f'{video}_{onset}', 'problem': problem,
            'emotion': emotion_of(cells['emotion']), 'action_units': text_of(cells['action_units']),
            'objective_class': objective_class(cells['objective']),
            'remark': 'marked as shaded: part of the face is covered' if whole_number(cells['shade']) else None}


_DESCRIPTION = """\
Expected in ROOT, at any of the first levels:
  {sheet}
  spNO.1/b/color/166.jpg ...                    whole videos (layout full), depth is ignored
  Part_A_ME_clip/frame/spNO.1_b_166/166.jpg ... or the clips of the micro-expressions (layout clips)"""

CASME3 = ReleaseReader(
    name='casme3', title='CAS(ME)^3 part A, labels v2', read=read_casme3, layouts=LAYOUTS, cropped_layouts=(), fps=FPS,
    census=CENSUS, description=_DESCRIPTION.format(sheet=SHEETS['v2']))
CASME3_V1 = ReleaseReader(
    name='casme3_v1', title='CAS(ME)^3 part A, labels v1', read=partial(read_casme3, dataset='casme3_v1', version='v1'),
    layouts=LAYOUTS, cropped_layouts=(), fps=FPS, census=CENSUS_V1, description=_DESCRIPTION.format(sheet=SHEETS['v1']))
