"""The composite of MEGC2019, made of prepared folders without copying their frames.

J. See, M. H. Yap, J. Li, X. Hong, S.-J. Wang: *MEGC 2019 - The Second Facial Micro-Expressions Grand Challenge*, FG
2019: the MEs of CASME II, SAMM and SMIC-HS in three classes, one subject left out at a time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fdp_mmaction.errors import DatasetError

from ..composite import PART_CENSUS, CompositeMEDataset, emotion_key
from ..readers.record import Census
from .folder import FORMAT, PreparedFolder
from .inclusion_list import InclusionList, read_inclusion_list
from .prepared_part import PreparedPart, check_alike, read_part
from .report import PreparationReport
from .selection import Selection, select_by_list, select_by_rule

DATASET = 'megc2019'
PARTS = tuple(PART_CENSUS)
SUBJECT_SEPARATOR = '-'
"""Between dataset and subject. Not a slash: a subject also names a folder of results."""
_PROTOCOL = CompositeMEDataset.PROTOCOLS['3-class']


def class_of(record: Mapping[str, object]) -> str | None:
    """The class of a sample in the composite.

    Args:
        record (Mapping[str, object]): With ``dataset`` and ``emotion``.

    Returns:
        str | None: ``negative``, ``positive``, ``surprise``, or None if the protocol leaves it out.
    """
    return _PROTOCOL.mapping.get(emotion_key(str(record['dataset']), str(record['emotion'])))


@dataclass(frozen=True)
class CompositeReport(PreparationReport):
    """Outcome of a composition; emotions are counted as dataset and class, ``casme2/negative``.

    Args:
        parts (Mapping[str, object]): What the composite was made of, by dataset. Defaults to nothing.
    """

    parts: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def emotions(self) -> Counter[str]:
        """Samples per dataset and class."""
        return Counter(f'{record["dataset"]}/{class_of(record)}' for record in self.data_list)

    def to_json(self, identity: Mapping[str, object]) -> dict[str, object]:
        """The content of ``preparation.json``: also the parts, and samples per class and per dataset."""
        account = super().to_json(identity)
        census = account['census']
        assert isinstance(census, dict)
        for name, counts in (('classes', Counter(class_of(record) for record in self.data_list)),
                             ('datasets', Counter(record['dataset'] for record in self.data_list))):
            census[name] = {key: counts[key] for key in sorted(counts)}
        return {**account, 'parts': dict(self.parts)}


def prepare_composite(parts: Mapping[str, str | Path], out: str | Path, *, inclusion_list: str | Path | None = None,
                      fresh: bool = False) -> CompositeReport:
    """Make the MEGC2019 composite from prepared folders.

    The folder written holds annotations whose paths lead into the parts (relative to it), no frames.

    Args:
        parts (Mapping[str, str | Path]): Prepared folders of ``casme2``, ``samm`` and ``smic`` (HS).
        out (str | Path): The prepared folder to write; outside the parts.
        inclusion_list (str | Path | None): Which MEs to include, see :mod:`.inclusion_list`. Defaults to None: those
            of the three classes without the exceptions of :mod:`.selection`.
        fresh (bool): Whether to delete what an earlier composition wrote to ``out``. Defaults to False.

    Returns:
        CompositeReport: What was written and what was left out.

    Raises:
        DatasetError: If a part is missing, unfinished, of another dataset or prepared otherwise than the others, the
            list cannot be read, the output folder cannot be used, or no ME is left.
    """
    out = Path(out)
    _check_names(parts)
    read = [read_part(name, parts[name]) for name in PARTS]
    check_alike(read)
    _check_place(out, read)
    listed = None if inclusion_list is None else read_inclusion_list(inclusion_list, _PROTOCOL.classes)
    chosen = select_by_rule(read, class_of) if listed is None else select_by_list(read, class_of, listed)
    if not chosen.records:
        raise DatasetError(f'No ME of {listed.file} is in the prepared parts: give video442Names.txt.' if listed else
                           'No ME of the prepared parts has one of the three classes: prepare the parts again.')
    for part in read:
        part.check_files([record for record in chosen.records if record['dataset'] == part.dataset])
    return _write(PreparedFolder(out), read, chosen, listed, fresh)


def _write(folder: PreparedFolder, parts: Sequence[PreparedPart], chosen: Selection, listed: InclusionList | None,
           fresh: bool) -> CompositeReport:
    inclusion = None if listed is None else {'file': listed.file, 'checksum': listed.checksum}
    identity = {'dataset': DATASET, 'protocol': _PROTOCOL.name, 'inclusion_list': inclusion,
                'parts': {part.dataset: part.identity for part in parts}}
    places = {part.dataset: _relative(part.folder, folder.path) for part in parts}
    data_list = tuple(_record(record, places[record['dataset']]) for record in chosen.records)
    report = CompositeReport(
        folder=folder.path, dataset=DATASET, data_list=data_list, left_out=chosen.left_out, remarks=chosen.remarks,
        expected=Census({f'{name}/{label}': count for name, census in PART_CENSUS.items()
                         for label, count in census.items()}, subjects=_PROTOCOL.num_subjects or 0),
        parts={part.dataset: {'folder': places[part.dataset], 'samples': len(part.records),
                              'annotations_checksum': part.checksum} for part in parts})
    metainfo = {'dataset': DATASET, 'fps': {part.dataset: part.metainfo.get('fps') for part in parts},
                **{name: parts[0].metainfo[name] for name in ('align', 'image_size', 'frames')}, 'format': FORMAT}
    folder.open(identity, fresh)
    folder.write_annotations(metainfo, data_list)
    folder.write_report(report.to_json({'format': FORMAT, **identity}))
    return report


def _record(record: dict, place: str) -> dict[str, object]:
    landmarks = record.get('landmarks')
    return {**record, 'subject': f'{record["dataset"]}{SUBJECT_SEPARATOR}{record["subject"]}',
            'frames': f'{place}/{record["frames"]}', 'landmarks': f'{place}/{landmarks}' if landmarks else None}


def _relative(folder: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(folder.resolve(), out.resolve())).as_posix()
    except ValueError:   # another drive of Windows
        raise DatasetError(f'{out} and {folder} lie on different drives: put them on one.') from None


def _check_names(parts: Mapping[str, str | Path]) -> None:
    strangers = sorted(set(parts) - set(PARTS))
    missing = [name for name in PARTS if name not in parts]
    if strangers or missing:
        wrong = f'{strangers[0]} is none of them' if strangers else f'{missing[0]} is missing'
        raise DatasetError(f'The composite of MEGC2019 is made of the prepared folders of {", ".join(PARTS[:-1])} and '
                           f'{PARTS[-1]}, but {wrong}: give exactly these.')


def _check_place(out: Path, parts: Sequence[PreparedPart]) -> None:
    for part in parts:
        place, folder = out.resolve(), part.folder.resolve()
        if place == folder or place in folder.parents or folder in place.parents:
            raise DatasetError(f'Output folder {out} and the prepared folder {part.folder} must not contain each '
                               'other: give a folder beside it.')
