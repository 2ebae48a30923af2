"""What a preparation did: the content of ``preparation.json`` and the account given to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.clip_landmarks import SKIP, Fallback
from fdp_mmaction.version import __version__

from ..readers.errata import AppliedErratum
from ..readers.record import Census, Deviation, LeftOut, compare_census


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
        fallbacks (tuple[tuple[str, tuple[Fallback, ...]], ...]): Sample id and fallbacks of the clips whose landmarks
            were not found in the first way, clips left out for that by choice included. Defaults to none.
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
    fallbacks: tuple[tuple[str, tuple[Fallback, ...]], ...] = ()

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
    def deviations(self) -> list[Deviation]:
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
            'faces': face_account(self.fallbacks, len(self.data_list)),
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


def face_account(fallbacks: Sequence[tuple[str, Sequence[Fallback]]], prepared: int) -> dict[str, object]:
    """Count the clips whose landmarks were not found in the first way.

    Args:
        fallbacks (Sequence[tuple[str, Sequence[Fallback]]]): Sample id and fallbacks of these clips.
        prepared (int): Number of clips that became samples.

    Returns:
        dict[str, object]: Their number, their share of all clips (samples and clips left out for it by choice), and
        clips and frames by kind.
    """
    kinds = sorted({fallback.kind for _, some in fallbacks for fallback in some})
    skipped = sum(any(fallback.kind == SKIP for fallback in some) for _, some in fallbacks)
    return {
        'clips_with_fallback': len(fallbacks),
        'share': round(len(fallbacks) / max(1, prepared + skipped), 4),
        'kinds': {kind: {'clips': sum(any(fallback.kind == kind for fallback in some) for _, some in fallbacks),
                         'frames': sum(fallback.frames for _, some in fallbacks for fallback in some
                                       if fallback.kind == kind)} for kind in kinds},
    }


def check_fallbacks(report: PreparationReport, allowed: float) -> None:
    """Refuse a preparation that found too many faces in another way than the first.

    Args:
        report (PreparationReport): Its account.
        allowed (float): Greatest share of clips, 0 to 1.

    Raises:
        DatasetError: If there are more.
    """
    account = face_account(report.fallbacks, len(report.data_list))
    share, kinds = account['share'], account['kinds']
    assert isinstance(share, float) and isinstance(kinds, dict)
    if share > allowed:
        which = ', '.join(f'{kind}: {counts["clips"]}' for kind, counts in kinds.items())
        raise DatasetError(
            f'The faces of {len(report.fallbacks)} clips, a share of {share:.2f}, were not found in the first way '
            f"({which}), more than the {allowed:.2f} allowed: look at 'remarks' in {report.folder / 'preparation.json'}"
            ', then allow it with --max-fallbacks or use another landmark source.')


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def clip_failures(names: Sequence[str], failures: Mapping[int, str],
                  chosen: Collection[int] = ()) -> tuple[LeftOut, ...]:
    """Failed clips in the order of the records.

    Args:
        names (Sequence[str]): Clip names, ``sub01/EP02_01f``.
        failures (Mapping[int, str]): Why clips failed, by index in ``names``.
        chosen (Collection[int]): Which of them are left out by choice and therefore not lost. Defaults to none.

    Returns:
        tuple[LeftOut, ...]: One entry per failure.
    """
    return tuple(LeftOut(names[index], failures[index], index not in chosen) for index in sorted(failures))
