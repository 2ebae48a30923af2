"""How many samples each protocol finds, and how many a complete release has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..casme import CASMEDataset
from ..casme2 import CASME2Dataset
from ..casme3 import CASME3Dataset, CASME3PartCDataset
from ..casme_squared import CASMESquaredDataset
from ..micro_expression_dataset import MicroExpressionDataset
from ..mmew import MMEWDataset
from ..protocol import Protocol
from ..samm import SAMMDataset
from ..smic import SMICDataset

DATASET_CLASSES: Mapping[str, type[MicroExpressionDataset]] = {
    'casme2': CASME2Dataset, 'samm': SAMMDataset, 'smic': SMICDataset, 'smic_vis': SMICDataset,
    'smic_nir': SMICDataset, 'casme_squared': CASMESquaredDataset, 'casme3': CASME3Dataset, 'casme3_v1': CASME3Dataset,
    'casme3_part_c': CASME3PartCDataset, 'casme': CASMEDataset, 'mmew': MMEWDataset,
}
"""Which class loads what a reader reads."""
_WITHOUT_NUMBERS = ('smic_vis', 'smic_nir')     # whose class states the numbers of HS


@dataclass(frozen=True)
class Count:
    """Samples of one class or subject.

    Args:
        name (str): Class or subject.
        found (int): How many there are.
        expected (int | None): How many a complete release has; None if that is not known.
    """

    name: str
    found: int
    expected: int | None


def protocols_of(reader: str) -> list[Protocol]:
    """The protocols that apply to what a reader reads.

    Args:
        reader (str): Name of a reader.

    Returns:
        list[Protocol]: Without those that only reorder classes; empty for a reader without a dataset class.
    """
    cls = DATASET_CLASSES.get(reader)
    names = [name for name in (cls.PROTOCOLS if cls else ())
             if not name.endswith('-released') and name.endswith('-v1') == reader.endswith('_v1')]
    return [cls.PROTOCOLS[name] for name in names] if cls else []


def count_classes(records: Iterable[Mapping[str, object]], reader: str, protocol: Protocol) -> list[Count]:
    """Samples per class of a protocol.

    Args:
        records (Iterable[Mapping[str, object]]): With ``emotion``.
        reader (str): Name of the reader they come from.
        protocol (Protocol): One of :func:`protocols_of`.

    Returns:
        list[Count]: One per class, in the order of labels.
    """
    found = Counter(protocol.mapping.get(str(record['emotion'])) for record in records)
    known = reader not in _WITHOUT_NUMBERS and bool(protocol.census)
    return [Count(name, found[name], protocol.census[name] if known else None) for name in protocol.classes]


def count_subjects(records: Iterable[Mapping[str, object]], reader: str, protocol: Protocol) -> list[Count]:
    """Samples per subject that a protocol keeps.

    Args:
        records (Iterable[Mapping[str, object]]): With ``emotion`` and ``subject``.
        reader (str): Name of the reader they come from.
        protocol (Protocol): One of :func:`protocols_of`.

    Returns:
        list[Count]: One per subject, sorted; subjects of the records that have none in the protocol included.
    """
    records = list(records)
    found = Counter(str(record['subject']) for record in records if str(record['emotion']) in protocol.mapping)
    expected = {} if reader in _WITHOUT_NUMBERS else protocol.subject_census
    names = sorted({*(str(record['subject']) for record in records), *expected})
    return [Count(name, found[name], expected.get(name, 0) if expected else None) for name in names]
