"""Lists of the samples that a protocol includes, and how their names meet ours.

The public list of MEGC2019 (``video442Names.txt`` of christy1206/STSTNet on GitHub) has one name per line, subject and
clip joined: ``sub01_EP02_01f``, ``s01_s01_ne_01``, ``006_006_1_2``. A CSV file may name subject and clip in two columns
and give a label too, as ``combined_3_class2_for_optical_flow.csv`` of wangzhifengharrison/HTNet does (``sub``,
``filename_o``, ``label``).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from ..readers.sheets import whole_number

_SUBJECT_COLUMNS = ('sub', 'subject')
_CLIP_COLUMNS = ('filename_o', 'filename', 'clip')
_NAME_COLUMNS = ('name', 'video', 'imagename')
_LABEL_COLUMNS = ('label', 'class')


@dataclass(frozen=True)
class ListEntry:
    """One line of a list.

    Args:
        line (int): Line number, from 1.
        name (str): Subject and clip, ``sub01_EP02_01f``.
        label (str | None): Class name, or the text found if it names none; None if the list gives none.
    """

    line: int
    name: str
    label: str | None = None

    def __str__(self) -> str:
        return f'line {self.line} ({self.name})'


@dataclass(frozen=True)
class InclusionList:
    """A list of samples.

    Args:
        file (str): Name of the file.
        checksum (str): SHA-256 of its content.
        entries (tuple[ListEntry, ...]): Its lines, empty ones left out.
    """

    file: str
    checksum: str
    entries: tuple[ListEntry, ...]


def read_inclusion_list(path: str | Path, classes: Sequence[str]) -> InclusionList:
    """Read a list of samples: names line by line, or a CSV file with a header.

    Args:
        path (str | Path): The file; CSV if its first line has a comma, a semicolon or a tab.
        classes (Sequence[str]): Class names in label order, for lists that give labels as numbers.

    Returns:
        InclusionList: Its entries in order.

    Raises:
        DatasetError: If it cannot be read, holds no name, or is CSV without a column of names.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        lines = content.decode('utf-8-sig').splitlines()
    except OSError as error:
        raise DatasetError(f'Inclusion list {path} cannot be read ({error.strerror}): '
                           'give video442Names.txt.') from None
    except ValueError:
        raise DatasetError(f'Inclusion list {path} is no text file: give video442Names.txt.') from None
    separator = re.search('[,;\t]', lines[0]) if lines else None
    entries = _from_csv(path, lines, separator[0], classes) if separator else [
        ListEntry(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if not entries:
        raise DatasetError(f'Inclusion list {path} names no sample: give video442Names.txt.')
    return InclusionList(path.name, hashlib.sha256(content).hexdigest(), tuple(entries))


def match_names(entries: Sequence[ListEntry], names: Sequence[str]) -> list[int | None]:
    """Which sample each entry names.

    A name that is the same but for case counts first. Otherwise numbers may differ in leading zeros
    (``s01_s1_ne_01``, ``s01_s01_ne_01``), if that leaves one sample that no entry names exactly.

    Args:
        entries (Sequence[ListEntry]): Entries of a list.
        names (Sequence[str]): Names of the samples, subject and clip joined by ``_``.

    Returns:
        list[int | None]: For each entry the index in ``names``, or None.
    """
    exact: dict[str, int] = {}
    loose: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        exact.setdefault(name.casefold(), index)
        loose.setdefault(loose_name(name), []).append(index)
    found = [exact.get(entry.name.casefold()) for entry in entries]
    taken = {index for index in found if index is not None}
    for position, entry in enumerate(entries):
        if found[position] is None:
            free = [index for index in loose.get(loose_name(entry.name), ()) if index not in taken]
            found[position] = free[0] if len(free) == 1 else None
    return found


def loose_name(name: str) -> str:
    """A name without case and leading zeros of its numbers.

    Args:
        name (str): For example ``s01_s01_ne_01``.

    Returns:
        str: For example ``s1_s1_ne_1``.
    """
    return re.sub(r'0*(\d+)', r'\1', name.strip().casefold(), flags=re.ASCII)


def _from_csv(path: Path, lines: Sequence[str], separator: str, classes: Sequence[str]) -> list[ListEntry]:
    reader = csv.reader(lines, delimiter=separator)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DatasetError(f'Inclusion list {path} cannot be read as CSV ({error}): save it again.') from None
    titles = [title.strip().lower() for title in rows[0][1]]
    subject, clip, name, label = (next((titles.index(title) for title in wanted if title in titles), None)
                                  for wanted in (_SUBJECT_COLUMNS, _CLIP_COLUMNS, _NAME_COLUMNS, _LABEL_COLUMNS))
    if name is None and (subject is None or clip is None):
        raise DatasetError(f'Inclusion list {path} has neither the columns {_SUBJECT_COLUMNS[0]!r} and '
                           f'{_CLIP_COLUMNS[0]!r} nor {_NAME_COLUMNS[0]!r} (columns found: {", ".join(titles)}): '
                           'name them so.')

    def cell(row: Sequence[str], position: int | None) -> str:
        return row[position].strip() if position is not None and position < len(row) else ''

    entries = []
    for number, row in rows[1:]:
        if not any(text.strip() for text in row):
            continue
        joined = '_'.join((cell(row, subject), cell(row, clip))) if subject is not None and clip is not None else \
            re.sub(r'\.(?:jpg|jpeg|png|bmp)$', '', cell(row, name), flags=re.IGNORECASE)
        entries.append(ListEntry(number, joined, _label(cell(row, label), classes)))
    return entries


def _label(text: str, classes: Sequence[str]) -> str | None:
    number = whole_number(text)
    if number is not None and number < len(classes):
        return classes[number]
    return text.lower() or None
