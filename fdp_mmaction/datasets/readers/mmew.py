"""Reader of the micro-expressions of the MMEW release.

Expected inside the release folder, at the top or below: ``MMEW_Micro_Exp.xlsx`` and
``Micro_Expression/anger/S13-07-001/1.jpg``, the face alone. A clip is called by subject, emotion (01 happiness,
02 surprise, 03 disgust, 04 others, 05 fear, 06 sadness, 07 anger) and running number. The single images of
``Macro_Expression`` are not read.

Sources: X. Ben, Y. Ren, J. Zhang, S.-J. Wang, K. Kpalma, W. Meng, Y.-J. Liu, IEEE Transactions on Pattern Analysis and
Machine Intelligence 44(9), 2022; ``MMEW_Micro_Exp_delete_others.csv`` of wangzhifengharrison/HTNet (GitHub);
tvaranka/meb (GitHub), MMEW loader.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .assembly import Row, Rules, assemble, emotion_of, number_or_text
from .clip_bounds import bounds_from_folder
from .folders import release_folder, subfolders, walk
from .frame_folders import FrameFolders
from .record import Census, ReadResult, ReleaseReader
from .sheets import only_sheet, read_sheet, sheet_files, source_of, text_of

FPS = 90
LAYOUTS = ('cropped',)
CENSUS = Census(
    emotions={'surprise': 89, 'disgust': 72, 'others': 66, 'happiness': 36, 'fear': 16, 'sadness': 13, 'anger': 8},
    subjects=30)

_COLUMNS = {
    'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('OnsetFrame', 'Onset'),
    'apex': ('ApexFrame', 'Apex'), 'offset': ('OffsetFrame', 'Offset'),
    'action_units': ('Action Units', 'AUs', 'AU'), 'emotion': ('Estimated Emotion', 'Emotion'),
}
_TITLES = {name: titles[0] for name, titles in _COLUMNS.items()}


def read_mmew(root: str | Path, *, errata: bool = True, layout: str = 'auto', dataset: str = 'mmew') -> ReadResult:
    """Read the micro-expressions of an MMEW release.

    Every row of the sheet becomes a record or an entry of ``left_out``. Frames are those on disk from onset to
    offset.

    Args:
        root (str | Path): The release folder.
        errata (bool): Whether to take onset and offset from the frames on disk where those of the sheet cannot be,
            see :func:`~.clip_bounds.bounds_from_folder`; tvaranka/meb corrects 16 rows. Defaults to True.
        layout (str): ``cropped``, or ``auto``, which is the same. Defaults to 'auto'.
        dataset (str): Dataset name in sample ids. Defaults to 'mmew'.

    Returns:
        ReadResult: Records and an account of everything else.

    Raises:
        DatasetError: If the folder, its sheet or its clips cannot be found, or the sheet cannot be read.
    """
    root = release_folder(root, 'MMEW_Micro_Exp.xlsx and Micro_Expression')
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    sheet = _find_sheet(root)
    rows = read_sheet(sheet, _COLUMNS)
    if not rows:
        raise DatasetError(f'Sheet {sheet.name} has no row below its header: use the sheet of the original release.')
    folders = _find_folders(root)
    source = source_of(root, sheet, rows, folders.folder)
    normalised = ((f'row {number}', _normalise(cells, folders)) for number, cells in rows)
    return assemble(((where, bounds_from_folder(row, folders) if errata else row) for where, row in normalised),
                    Rules(dataset, CENSUS.emotions, r'S\d{2}', titles=_TITLES), folders, source)


def _find_sheet(root: Path) -> Path:
    sheets = [path for path in sheet_files(root, skip=_skip) if 'macro' not in path.name.lower()]
    candidates = [path for path in sheets if 'micro_exp' in path.name.lower()] or sheets
    return only_sheet(candidates, root, 'MMEW_Micro_Exp.xlsx')


def _clip_subject(name: str) -> str | None:
    match = re.fullmatch(r's(\d{1,2})-\d{1,2}-\d{1,4}', name, re.IGNORECASE | re.ASCII)
    return f'S{int(match[1]):02d}' if match else None


def _skip(path: Path) -> bool:
    return 'macro' in path.name.lower() or _clip_subject(path.name) is not None


def _find_folders(root: Path) -> FrameFolders:
    paths: dict[tuple[str, str], Path] = {}
    for folder in walk(root, 4, skip=_skip):
        for clip in subfolders(folder):
            subject = _clip_subject(clip.name)
            if subject is not None:
                paths.setdefault((subject, clip.name), clip)
    if not paths:
        raise DatasetError(f'No clip folders <emotion>/S13-07-001 in {root}: unpack Micro_Expression there.')
    folder = Path(os.path.commonpath([clip.parent for clip in paths.values()]))
    return FrameFolders(folder, 'cropped', paths, ('', 'img', 'reg_img'))


def _normalise(cells: dict[str, object], folders: FrameFolders) -> Row:
    subject, clip = text_of(cells['subject']), text_of(cells['clip'])
    match = re.fullmatch(r's?(\d{1,2})', subject.lower(), re.ASCII)
    subject, emotion = f'S{int(match[1]):02d}' if match else subject, emotion_of(cells['emotion'])
    key = folders.find(subject, clip)
    lies_in = folders.paths[key].parent.name if key else ''
    disagree = emotion_of(lies_in) in CENSUS.emotions and emotion_of(lies_in) != emotion
    return {'subject': subject, 'clip': clip, 'emotion': emotion, 'action_units': text_of(cells['action_units']),
            'remark': f'its folder lies in {lies_in!r}, the sheet says {emotion!r}' if disagree else None,
            **{name: number_or_text(cells[name]) for name in ('onset', 'apex', 'offset')}}


MMEW = ReleaseReader(
    name='mmew', title='MMEW', read=read_mmew, layouts=LAYOUTS, cropped_layouts=LAYOUTS, fps=FPS, census=CENSUS,
    description="""\
Expected in ROOT, at the top or below:
  MMEW_Micro_Exp.xlsx
  Micro_Expression/anger/S13-07-001/1.jpg ...""")
