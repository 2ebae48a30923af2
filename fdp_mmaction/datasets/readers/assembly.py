"""From normalised rows of annotation to records: what the readers of all releases share.

A reader finds its sheets and folders, turns each row into a dictionary of the fields below, and leaves to
:func:`assemble` the errata, the checks, the frames on disk and the account of what became of every row.

Fields of a row, as released but normalised (numbers are int where the cell held one, else its text):

- ``subject``, ``clip``: name the sample, ``<dataset>/<subject>/<clip>``; both must serve as names of folders;
- ``onset``, ``offset``: frame numbers; ``apex``: a frame number, text where the sheet gives none, or None in a
  release that annotates no apex;
- ``emotion``: lower case, see :func:`emotion_of`; ``action_units``: text of the cell (optional);
- ``objective_class``: int or None (optional);
- ``folder``: the frame folder, where it is not called like the clip (optional);
- ``problem``: why the row cannot be used, if the reader knows (optional);
- ``remark``: what the reader noticed about the row, for :class:`ReadResult` (optional);
- anything else the keys of errata need.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .action_units import parse_action_units
from .errata import AppliedErratum, Erratum, correct, matching_errata
from .frame_folders import FrameFolders
from .record import LeftOut, MERecord, ReadResult
from .sheets import text_of, whole_number

Row = dict[str, object]

_EMOTION_SPELLINGS = {'happy': 'happiness', 'sad': 'sadness', 'other': 'others', 'angry': 'anger'}
_NO_APEX = ('', '/', '-')
_TITLES = {'subject': 'Subject', 'clip': 'Filename', 'onset': 'onset', 'apex': 'apex', 'offset': 'offset'}


class RowError(Exception):
    """Why a row gives no sample."""


@dataclass(frozen=True)
class Rules:
    """What is particular to a release.

    Args:
        dataset (str): Dataset name in sample ids.
        emotions (Collection[str]): Emotions the release uses; others are an error of the row.
        subject_pattern (str): Regular expression of a normalised subject, for example ``sub\\d{2,4}``.
        errata (Sequence[Erratum]): Known mistakes to correct. Defaults to none.
        titles (Mapping[str, str]): Field to the title of its column, for messages. Defaults to the field's name.
    """

    dataset: str
    emotions: Collection[str]
    subject_pattern: str
    errata: Sequence[Erratum] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, name: str) -> str:
        """Title of a field's column."""
        return self.titles.get(name, _TITLES.get(name, name))


def assemble(rows: Iterable[tuple[str, Row]], rules: Rules, folders: FrameFolders,
             source: Mapping[str, str]) -> ReadResult:
    """Turn rows into records, and account for every one that gives none.

    Frames are those on disk from onset to offset; missing ones are remarked on. An apex outside them is replaced by
    the middle of onset and offset, an apex without a file by the nearest frame that has one.

    Args:
        rows (Iterable[tuple[str, Row]]): Where a row comes from (``row 31``), and its fields as described above.
        rules (Rules): What is particular to the release.
        folders (FrameFolders): Where the frames are; notes which folders were used.
        source (Mapping[str, str]): For :class:`ReadResult`.

    Returns:
        ReadResult: Records in the order of the rows, and everything else.
    """
    records: list[MERecord] = []
    left_out: list[LeftOut] = []
    remarks: list[tuple[str, str]] = []
    applied: list[AppliedErratum] = []
    seen: dict[tuple[object, object], tuple[str, Row]] = {}
    count = 0
    for where, row in rows:
        count += 1
        key = (row['subject'], row['clip'])
        name = f'{key[0]}/{key[1]}'
        item = f'{where} ({name})'
        needed = matching_errata(row, rules.errata)
        applied.extend(AppliedErratum(name, erratum) for erratum in needed)
        corrected = correct(row, needed)
        try:
            if corrected is None:
                left_out.append(LeftOut(item, 'removed by an erratum', lost=False))
                found = folders.find(str(key[0]), str(row.get('folder', key[1])))
                folders.used.update([found] if found else [])
                continue
            _check(corrected, rules)
            if key in seen:
                other, same = seen[key][0], seen[key][1] == row
                left_out.append(LeftOut(item, f'repeats {other}' if same else
                                        f'contradicts {other} of the same clip', lost=not same))
                continue
            seen[key] = (where, row)
            record, said = _make_record(corrected, rules, folders, needed)
            records.append(record)
            remarks.extend((record.sample_id, text) for text in said)
        except RowError as reason:
            left_out.append(LeftOut(item, str(reason)))
    return ReadResult(rules.dataset, folders.layout, tuple(records), tuple(left_out), count, folders.unlabelled,
                      tuple(remarks), tuple(applied), dict(source))


def emotion_of(cell: object) -> str:
    """An emotion in lower case, in the spelling of the dataset classes (``happiness``, ``sadness``, ``others``).

    Args:
        cell (object): Cell value.

    Returns:
        str: The emotion; ``''`` for an empty cell.
    """
    emotion = text_of(cell).lower()
    return _EMOTION_SPELLINGS.get(emotion, emotion)


def number_or_text(cell: object) -> int | str:
    """A cell as a whole number if it holds one, else as text.

    Args:
        cell (object): Cell value.

    Returns:
        int | str: The value.
    """
    number = whole_number(cell)
    return text_of(cell) if number is None else number


def _check(row: Row, rules: Rules) -> None:
    if row.get('problem'):
        raise RowError(str(row['problem']))
    if not re.fullmatch(rules.subject_pattern, str(row['subject']), re.ASCII):
        raise RowError(f'{rules.title("subject")} {row["subject"]!r} is not the name of a subject')
    if not re.fullmatch(r'[^/\\\x00-\x1f]+', str(row['clip'])) or str(row['clip']).startswith('.'):
        raise RowError(f'{rules.title("clip")} {row["clip"]!r} is not the name of a folder')
    for name in ('onset', 'offset'):
        if not isinstance(row[name], int):
            raise RowError(f'{rules.title(name)} {row[name]!r} is not a whole number')
    apex = row.get('apex')
    if apex is not None and not isinstance(apex, int) and apex not in _NO_APEX:
        raise RowError(f'{rules.title("apex")} {apex!r} is not a whole number')
    if row['onset'] > row['offset']:   # type: ignore[operator]
        raise RowError(f'onset {row["onset"]} comes after offset {row["offset"]}')
    if row['emotion'] not in rules.emotions:
        raise RowError(f'emotion {row["emotion"]!r} is none of {", ".join(rules.emotions)}')


def _make_record(row: Row, rules: Rules, folders: FrameFolders,
                 errata: Sequence[Erratum]) -> tuple[MERecord, list[str]]:
    subject, clip = str(row['subject']), str(row['clip'])
    onset, offset = row['onset'], row['offset']
    assert isinstance(onset, int) and isinstance(offset, int)
    wanted = str(row.get('folder', clip))
    on_disk_as = folders.find(subject, wanted)
    if on_disk_as is None:
        raise RowError(f'there is no folder {subject}/{wanted} in {folders.folder.name}')
    if on_disk_as in folders.used and not folders.shared:
        raise RowError(f'folder {"/".join(on_disk_as)} already belongs to another row')
    folders.used.add(on_disk_as)
    on_disk, repeated = folders.frames(on_disk_as)
    frames = [(number, path) for number, path in on_disk if onset <= number <= offset]
    if not frames:
        name = f'{folders.prefixes[0] or ""}<N>'
        raise RowError(f'folder {subject}/{wanted} has no {name}.jpg between onset {onset} and offset {offset}')
    said = [str(row['remark'])] if row.get('remark') else []
    said += [f'{repeated} files repeat a frame number'] if repeated else []
    frame_ids = tuple(number for number, _ in frames)
    gaps = offset - onset + 1 - len(frames)
    if gaps:
        said.append(f'{gaps} of {offset - onset + 1} frames are missing on disk')

    apex, apex_source = row.get('apex'), 'sheet'
    if any(erratum.field == 'apex' for erratum in errata):
        apex_source = 'erratum'
    if not isinstance(apex, int) or not onset <= apex <= offset:
        if apex is not None:
            said.append(f'no usable apex ({apex!r}): the middle of onset and offset is used')
        apex, apex_source = (onset + offset) // 2, 'midpoint'
    nearest = min(frame_ids, key=lambda number: (abs(number - apex), number))
    if nearest != apex and apex_source != 'midpoint':
        said.append(f'apex frame {apex} is missing on disk: frame {nearest} is used')
    units, unknown = parse_action_units(row.get('action_units'))
    if unknown:
        said.append(f'action units not understood: {", ".join(unknown)}')
    objective_class = row.get('objective_class')
    record = MERecord(
        sample_id=f'{rules.dataset}/{subject}/{clip}', dataset=rules.dataset, subject=subject, clip=clip,
        emotion=str(row['emotion']), onset=onset, apex=nearest, offset=offset, apex_source=apex_source,
        action_units=tuple(map(str, units)),
        objective_class=objective_class if isinstance(objective_class, int) else None,
        frame_paths=tuple(str(path) for _, path in frames), frame_ids=frame_ids)
    return record, said
