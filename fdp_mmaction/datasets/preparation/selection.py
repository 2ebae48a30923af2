"""Which samples of its parts a composite includes, and an account of the others.

Without a list, the composite of MEGC2019 is derived: every ME of the three classes but two of CASME II. The challenge
counts 88 negative, 32 positive and 25 surprised MEs of CASME II, the release 90 (disgust 63, repression 27), 32 and 25:
so two negative ones are left out. One is sub04/EP12_01f, without an apex in the sheet. The other is of sub05: of its
seven MEs of the three classes the challenge lists six, one positive and five surprised (labels of
wangzhifengharrison/HTNet on GitHub), so the negative one is missing. It is recognised by its class, because sources
disagree about its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..readers.record import LeftOut
from .inclusion_list import InclusionList, loose_name, match_names
from .prepared_part import PreparedPart

ClassOf = Callable[[dict], 'str | None']

_BY_NAME = {
    'casme2/sub04/EP12_01f': 'MEGC2019 does not list it (no apex in the sheet)',
    'casme2/sub24/EP02_07': 'MEGC2019 does not list it (a row of version updated only)',
}
_NEGATIVE_OF = 'sub05'


@dataclass(frozen=True)
class Selection:
    """The samples chosen.

    Args:
        records (tuple[dict, ...]): Samples included, in the order of the parts.
        left_out (tuple[LeftOut, ...]): One entry for each sample or line of the list that is not included.
        remarks (tuple[tuple[str, str], ...]): Sample id and remark.
    """

    records: tuple[dict, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[tuple[str, str], ...] = ()


def select_by_rule(parts: Sequence[PreparedPart], class_of: ClassOf) -> Selection:
    """Select without a list, as described above.

    Args:
        parts (Sequence[PreparedPart]): The parts.
        class_of (Callable[[dict], str | None]): Class of a sample, None if it has none.

    Returns:
        Selection: What the parts lost counts as lost here too, since it may have been of the three classes.
    """
    left_out = [LeftOut(f'{part.dataset}: {item}', f'lost when {part.dataset} was prepared: {reason}')
                for part in parts for item, reason in part.lost]
    records = [record for part in parts for record in part.records]
    negative = [record['sample_id'] for record in records
                if (record['dataset'], record['subject'], class_of(record)) == ('casme2', _NEGATIVE_OF, 'negative')]
    reasons = dict(_BY_NAME)
    if len(negative) == 1:
        reasons[negative[0]] = f'MEGC2019 lists no negative ME of {_NEGATIVE_OF} (inferred from its counts)'
    chosen = []
    for record in records:
        reason = reasons.get(record['sample_id'])
        if class_of(record) is None:
            left_out.append(_outside(record))
        elif reason is not None:
            left_out.append(LeftOut(record['sample_id'], reason, lost=False))
        else:
            chosen.append(record)
    return Selection(tuple(chosen), tuple(left_out))


def select_by_list(parts: Sequence[PreparedPart], class_of: ClassOf, listed: InclusionList) -> Selection:
    """Select the samples that a list names.

    Args:
        parts (Sequence[PreparedPart]): The parts.
        class_of (Callable[[dict], str | None]): Class of a sample, None if it has none.
        listed (InclusionList): The list.

    Returns:
        Selection: An entry of the list that gives no sample counts as lost, a repeated one does not. Where the list
        gives another class than the sample has, the sample stays as it is and a remark says so.
    """
    records = [record for part in parts for record in part.records]
    lost_before = {loose_name(name): f'lost when {part.dataset} was prepared: {reason}'
                   for part in parts for item, reason in part.lost for name in _names_in(item)}
    found = match_names(listed.entries, [f'{record["subject"]}_{record["clip"]}' for record in records])
    left_out, remarks, included = [], [], {}
    for entry, index in zip(listed.entries, found):
        if index is None:
            reason = lost_before.get(loose_name(entry.name), 'the prepared parts have no ME of this name')
            left_out.append(LeftOut(f'{listed.file} {entry}', reason))
            continue
        sample_id, label = records[index]['sample_id'], class_of(records[index])
        if index in included:
            left_out.append(LeftOut(f'{listed.file} {entry}', f'repeats {included[index]}', lost=False))
            continue
        included[index] = entry
        if entry.label not in (None, label):
            remarks.append((sample_id, f'{listed.file} calls it {entry.label}, the release '
                                       f'{records[index]["emotion"]} ({label or "no class"})'))
    for index, record in enumerate(records):
        if class_of(record) is None:
            left_out.append(_outside(record, str(included[index]) if index in included else None))
        elif index not in included:
            left_out.append(LeftOut(record['sample_id'], f'{listed.file} does not list it', lost=False))
    chosen = [record for index, record in enumerate(records) if index in included and class_of(record) is not None]
    return Selection(tuple(chosen), tuple(left_out), tuple(remarks))


def _outside(record: dict, entry: str | None = None) -> LeftOut:
    reason = f'the emotion {record["emotion"]} is none of the three classes in {record["dataset"]}'
    return LeftOut(record['sample_id'], f'{reason}, but {entry} of the list names it' if entry else reason,
                   lost=entry is not None)


def _names_in(item: str) -> list[str]:
    """Subject and clip that an account speaks of: ``row 6 (sub02/EP03_2)`` or ``sub02/EP03_2``."""
    match = re.fullmatch(r'(?:.* \()?([^()/ ]+)/([^()/]+)\)?', item)
    return [f'{match[1]}_{match[2]}'] if match else []
