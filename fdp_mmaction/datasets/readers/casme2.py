"""Reader of the CASME II release.

Expected inside the release folder, at the top or one or two levels down: ``CASME2-coding-20140508.xlsx``
(or another version), optionally ``CASME2-ObjectiveClasses.xlsx``, and at least one of ``CASME2_RAW_selected``
(frames onset..offset), ``CASME2-RAW`` (with margins) and ``Cropped`` (the aligned face), each with
``subNN/<clip>/img<N>.jpg`` or ``reg_img<N>.jpg``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from .action_units import parse_action_units
from .errata import CASME2_ERRATA, AppliedErratum, Erratum, correct, matching_errata
from .folders import files_in, list_frames, subfolders, walk
from .record import Census, LeftOut, MERecord, ReadResult, ReleaseReader
from .sheets import checksum, read_sheet, text_of, whole_number

FPS = 200
LAYOUTS = ('raw_selected', 'raw', 'cropped')
CENSUS = Census(
    emotions={'others': 99, 'disgust': 63, 'happiness': 32, 'repression': 27, 'surprise': 25, 'sadness': 7, 'fear': 2},
    subjects=26)

_COLUMNS = {
    'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('OnsetFrame', 'Onset'),
    'apex': ('ApexFrame', 'Apex'), 'offset': ('OffsetFrame', 'Offset'),
    'action_units': ('Action Units', 'AUs', 'AU'), 'emotion': ('Estimated Emotion', 'Emotion'),
}
_OBJECTIVE_COLUMNS = {'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'objective': ('Objective Class',)}
_EMOTION_SPELLINGS = {'happy': 'happiness', 'sad': 'sadness', 'other': 'others'}
_NO_APEX = ('', '/', '-')
_SHEET_PREFERENCE = ('20140508', '20190701', 'updated')


class _RowError(Exception):
    """Why a row gives no sample."""


@dataclass
class _Clips:
    """The clip folders of one layout on disk."""

    folder: Path
    layout: str
    paths: dict[tuple[str, str], Path]
    used: set[tuple[str, str]] = field(default_factory=set)

    def find(self, subject: str, clip: str) -> tuple[str, str] | None:
        """The key of a clip's folder: its exact name, or the only one that differs in case alone."""
        if (subject, clip) in self.paths:
            return subject, clip
        similar = [key for key in self.paths if key[0] == subject and key[1].lower() == clip.lower()]
        return similar[0] if len(similar) == 1 else None


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
    root = Path(root)
    if not root.is_dir():
        raise DatasetError(f'Release folder {root} does not exist: give the folder that holds '
                           'CASME2-coding-20140508.xlsx and CASME2_RAW_selected.')
    sheet, objective_sheet = _find_sheets(root)
    rows = read_sheet(sheet, _COLUMNS)
    if not rows:
        raise DatasetError(f'Sheet {sheet.name} has no row below its header: use the sheet of the original release.')
    objective_rows = [] if objective_sheet is None else read_sheet(objective_sheet, _OBJECTIVE_COLUMNS)
    objective = _objective_classes(objective_rows)
    clips = _find_clips(root, layout)

    records: dict[tuple[str, str], MERecord] = {}
    left_out: list[LeftOut] = []
    remarks: list[tuple[str, str]] = []
    applied: list[AppliedErratum] = []
    first_row: dict[tuple[str, str], tuple[int, dict[str, object]]] = {}
    for number, cells in rows:
        row = _normalise(cells)
        key = (str(row['subject']), str(row['clip']))
        item = f'row {number} ({key[0]}/{key[1]})'
        needed = matching_errata(row, CASME2_ERRATA) if errata else []
        applied.extend(AppliedErratum(f'{key[0]}/{key[1]}', erratum) for erratum in needed)
        corrected = correct(row, needed)
        try:
            if corrected is None:
                left_out.append(LeftOut(item, 'removed by an erratum', lost=False))
                clips.used.add(key)
                continue
            _check(corrected)
            if key in first_row:
                other, same = first_row[key][0], first_row[key][1] == row
                left_out.append(LeftOut(item, f'repeats row {other}' if same else
                                        f'contradicts row {other} of the same clip', lost=not same))
                continue
            first_row[key] = (number, row)
            record, said = _make_record(corrected, dataset, clips, objective, needed)
            records[key] = record
            remarks.extend((record.sample_id, text) for text in said)
        except _RowError as reason:
            left_out.append(LeftOut(item, str(reason)))
    source = {'folder': root.resolve().name, 'sheet': sheet.name, 'sheet_checksum': checksum(rows),
              'clips': clips.folder.relative_to(root).as_posix()}
    if objective_sheet is not None:
        source['objective_sheet'] = objective_sheet.name
        source['objective_sheet_checksum'] = checksum(objective_rows)
    unlabelled = tuple(f'{subject}/{clip}' for subject, clip in sorted(clips.paths.keys() - clips.used))
    return ReadResult(dataset, clips.layout, tuple(records.values()), tuple(left_out), len(rows), unlabelled,
                      tuple(remarks), tuple(applied), source)


def _find_sheets(root: Path) -> tuple[Path, Path | None]:
    sheets = [path for folder in walk(root, 2) for path in files_in(folder)
              if path.suffix.lower() == '.xlsx' and not path.name.startswith(('~$', '.'))]
    objective = [path for path in sheets if 'objective' in path.name.lower()]
    coding = [path for path in sheets if path not in objective]
    named = [path for path in coding if 'coding' in path.name.lower()]
    for version in _SHEET_PREFERENCE:
        for path in named:
            if version in path.name.lower():
                return path, next(iter(objective), None)
    candidates = named or coding
    if not candidates:
        raise DatasetError(f'No coding sheet in {root}: put CASME2-coding-20140508.xlsx of the release there.')
    if len(candidates) > 1:
        names = ', '.join(path.name for path in candidates)
        raise DatasetError(f'Several sheets in {root} could be the coding sheet ({names}): keep the one to read.')
    return candidates[0], next(iter(objective), None)


def _objective_classes(rows: list[tuple[int, dict[str, object]]]) -> dict[tuple[str, str], int]:
    classes = {}
    for _, cells in rows:
        value = whole_number(cells['objective'])
        if value is not None and 1 <= value <= 7:
            classes[_subject(cells['subject']), text_of(cells['clip'])] = value
    return classes


def _find_clips(root: Path, layout: str) -> _Clips:
    if layout not in ('auto', *LAYOUTS):
        raise DatasetError(f'Unknown layout {layout!r}: choose one of auto, {", ".join(LAYOUTS)}.')
    found: dict[str, _Clips] = {}
    for folder in walk(root, 3):
        paths = {(f'sub{int(match[1]):02d}', clip.name): clip
                 for subject in subfolders(folder)
                 if (match := re.fullmatch(r'sub[ _-]?(\d{1,4})', subject.name, re.IGNORECASE | re.ASCII))
                 for clip in subfolders(subject)}
        if paths:
            name = _layout_of(folder.relative_to(root).as_posix() if folder != root else root.name, paths.values())
            found.setdefault(name, _Clips(folder, name, paths))
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


def _normalise(cells: dict[str, object]) -> dict[str, object]:
    emotion = text_of(cells['emotion']).lower()
    row: dict[str, object] = {'subject': _subject(cells['subject']), 'clip': text_of(cells['clip']),
                              'emotion': _EMOTION_SPELLINGS.get(emotion, emotion),
                              'action_units': text_of(cells['action_units'])}
    for name in ('onset', 'apex', 'offset'):
        number = whole_number(cells[name])
        row[name] = text_of(cells[name]) if number is None else number
    return row


def _check(row: dict[str, object]) -> None:
    if not re.fullmatch(r'sub\d{2,4}', str(row['subject']), re.ASCII):
        raise _RowError(f'Subject {row["subject"]!r} is not a number')
    if not re.fullmatch(r'[^/\\\x00-\x1f]+', str(row['clip'])) or str(row['clip']).startswith('.'):
        raise _RowError(f'Filename {row["clip"]!r} is not the name of a folder')
    for name, title in (('onset', 'OnsetFrame'), ('offset', 'OffsetFrame')):
        if not isinstance(row[name], int):
            raise _RowError(f'{title} {row[name]!r} is not a whole number')
    if not isinstance(row['apex'], int) and row['apex'] not in _NO_APEX:
        raise _RowError(f'ApexFrame {row["apex"]!r} is not a whole number')
    if row['onset'] > row['offset']:   # type: ignore[operator]
        raise _RowError(f'onset {row["onset"]} comes after offset {row["offset"]}')
    if row['emotion'] not in CENSUS.emotions:
        raise _RowError(f'emotion {row["emotion"]!r} is none of {", ".join(CENSUS.emotions)}')


def _make_record(row: dict[str, object], dataset: str, clips: _Clips, objective: dict[tuple[str, str], int],
                 errata: list[Erratum]) -> tuple[MERecord, list[str]]:
    subject, clip = str(row['subject']), str(row['clip'])
    onset, offset = row['onset'], row['offset']
    assert isinstance(onset, int) and isinstance(offset, int)
    on_disk_as = clips.find(subject, clip)
    if on_disk_as is None:
        raise _RowError(f'there is no folder {subject}/{clip} in {clips.folder.name}')
    if on_disk_as in clips.used:
        raise _RowError(f'folder {"/".join(on_disk_as)} already belongs to another row')
    clips.used.add(on_disk_as)
    prefix = 'reg_img' if clips.layout == 'cropped' else 'img'
    on_disk, repeated = list_frames(clips.paths[on_disk_as], prefix)
    frames = [(number, path) for number, path in on_disk if onset <= number <= offset]
    if not frames:
        raise _RowError(f'folder {subject}/{clip} has no {prefix}<N>.jpg between onset {onset} and offset {offset}')
    said = [f'{repeated} files repeat a frame number'] if repeated else []
    frame_ids = tuple(number for number, _ in frames)
    gaps = offset - onset + 1 - len(frames)
    if gaps:
        said.append(f'{gaps} of {offset - onset + 1} frames are missing on disk')

    apex, apex_source = row['apex'], 'sheet'
    if any(erratum.field == 'apex' for erratum in errata):
        apex_source = 'erratum'
    if not isinstance(apex, int) or not onset <= apex <= offset:
        said.append(f'no usable apex ({row["apex"]!r}): the middle of onset and offset is used')
        apex, apex_source = (onset + offset) // 2, 'midpoint'
    nearest = min(frame_ids, key=lambda number: (abs(number - apex), number))
    if nearest != apex:
        said.append(f'apex frame {apex} is missing on disk: frame {nearest} is used')
    units, unknown = parse_action_units(row['action_units'])
    if unknown:
        said.append(f'action units not understood: {", ".join(unknown)}')
    record = MERecord(
        sample_id=f'{dataset}/{subject}/{clip}', dataset=dataset, subject=subject, clip=clip,
        emotion=str(row['emotion']), onset=onset, apex=nearest, offset=offset, apex_source=apex_source,
        action_units=tuple(map(str, units)), objective_class=objective.get((subject, clip)),
        frame_paths=tuple(str(path) for _, path in frames), frame_ids=frame_ids)
    return record, said


CASME2 = ReleaseReader(
    name='casme2', title='CASME II', read=read_casme2, layouts=LAYOUTS, cropped_layouts=('cropped',), fps=FPS,
    census=CENSUS,
    description="""\
Expected in ROOT, at any of the first levels:
  CASME2-coding-20140508.xlsx
  CASME2_RAW_selected/sub01/EP02_01f/img46.jpg ...   or CASME2-RAW (with margins) or Cropped (reg_img46.jpg)
  CASME2-ObjectiveClasses.xlsx                       (optional)""")
