"""What a preparation did: the content of ``preparation.json`` and the account given to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fdp_mmaction.version import __version__

from ..readers.errata import AppliedErratum
from ..readers.record import Census, LeftOut, compare_census


@dataclass(frozen=True)
class PreparationReport:
    """Outcome of a preparation.

    Args:
        folder (Path): The prepared folder.
        dataset (str): Dataset name.
        data_list (tuple[dict, ...]): The records written.
        already_done (int): How many of their clips an earlier run had finished. Defaults to 0.
        left_out (tuple[LeftOut, ...]): Rows and clips left out. Defaults to none.
        unlabelled (tuple[str, ...]): Clip folders without a row. Defaults to none.
        remarks (tuple[tuple[str, str], ...]): Sample id and remark. Defaults to none.
        errata_applied (tuple[AppliedErratum, ...]): Corrections. Defaults to none.
        expected (Census | None): Census of the complete release, if there is one. Defaults to None.
    """

    folder: Path
    dataset: str
    data_list: tuple[dict[str, object], ...]
    already_done: int = 0
    left_out: tuple[LeftOut, ...] = ()
    unlabelled: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    errata_applied: tuple[AppliedErratum, ...] = ()
    expected: Census | None = None

    @property
    def emotions(self) -> Counter[str]:
        """Samples per emotion."""
        return Counter(str(record['emotion']) for record in self.data_list)

    @property
    def subjects(self) -> Counter[str]:
        """Samples per subject."""
        return Counter(str(record['subject']) for record in self.data_list)

    @property
    def lost(self) -> tuple[LeftOut, ...]:
        """What was left out though it should have given a sample."""
        return tuple(entry for entry in self.left_out if entry.lost)

    @property
    def deviations(self) -> list[str]:
        """Where the counts deviate from the expected census, in words."""
        return [] if self.expected is None else compare_census(self.emotions, len(self.subjects), self.expected)

    def to_json(self, identity: Mapping[str, object]) -> dict[str, object]:
        """The content of ``preparation.json``.

        Args:
            identity (Mapping[str, object]): Source and settings.

        Returns:
            dict[str, object]: JSON values, without times and absolute paths.
        """
        return {
            'complete': True,
            'identity': dict(identity),
            'tool': f'fdp_mmaction {__version__}',
            'errata_applied': [{'item': applied.item, 'field': applied.erratum.field,
                                'bad_value': applied.erratum.bad_value, 'new_value': applied.erratum.new_value,
                                'version': applied.erratum.version, 'source': applied.erratum.source}
                               for applied in self.errata_applied],
            'left_out': [asdict(entry) for entry in self.left_out],
            'unlabelled_clips': list(self.unlabelled),
            'remarks': [{'sample_id': sample_id, 'remark': remark} for sample_id, remark in self.remarks],
            'census': {
                'samples': len(self.data_list),
                'frames': sum(_number(record['num_frames']) for record in self.data_list),
                'emotions': _sorted(self.emotions),
                'subjects': _sorted(self.subjects),
                'apex_sources': _sorted(Counter(str(record['apex_source']) for record in self.data_list)),
                'expected': None if self.expected is None else asdict(self.expected),
                'deviations': self.deviations,
            },
        }


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def clip_failures(names: Sequence[str], failures: Mapping[int, str]) -> tuple[LeftOut, ...]:
    """Failed clips in the order of the records.

    Args:
        names (Sequence[str]): Clip names, ``sub01/EP02_01f``.
        failures (Mapping[int, str]): Why clips failed, by index in ``names``.

    Returns:
        tuple[LeftOut, ...]: One entry per failure.
    """
    return tuple(LeftOut(names[index], failures[index]) for index in sorted(failures))
