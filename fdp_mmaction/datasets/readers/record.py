"""What a reader returns: micro-expression records, and an account of everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .errata import AppliedErratum


@dataclass(frozen=True)
class MERecord:
    """One labelled micro-expression of a release.

    Args:
        sample_id (str): Unique across datasets, for example ``casme2/sub01/EP02_01f``.
        dataset (str): Dataset name, for example ``casme2``.
        subject (str): Subject, for example ``sub01``.
        clip (str): Clip name as released.
        emotion (str): Emotion as released, lower case.
        onset (int): First frame number of the movement.
        apex (int): Frame number of its maximum; always one of ``frame_ids``.
        offset (int): Last frame number of the movement.
        apex_source (str): ``'sheet'``, ``'erratum'``, or ``'midpoint'`` where no usable apex was annotated.
        action_units (tuple[str, ...]): Action units in canonical form, see :mod:`.action_units`.
        objective_class (int | None): Objective class 1..7, if the release gives one.
        frame_paths (tuple[str, ...]): Image files from onset to offset, in time order.
        frame_ids (tuple[int, ...]): Their frame numbers, strictly increasing.
    """

    sample_id: str
    dataset: str
    subject: str
    clip: str
    emotion: str
    onset: int
    apex: int
    offset: int
    apex_source: str
    action_units: tuple[str, ...]
    objective_class: int | None
    frame_paths: tuple[str, ...]
    frame_ids: tuple[int, ...]


@dataclass(frozen=True)
class LeftOut:
    """A sheet row or a clip that does not become a sample.

    Args:
        item (str): Which one, for example ``row 31 (sub04/EP12_01f)``.
        reason (str): Why, in words.
        lost (bool): Whether a sample was lost that should have been there. False for a row that an erratum
            or an exact repetition removes. Defaults to True.
    """

    item: str
    reason: str
    lost: bool = True


@dataclass(frozen=True)
class Census:
    """How many samples a complete release holds.

    Args:
        emotions (dict[str, int]): Samples per emotion; empty if nothing is known of them.
        subjects (int): Number of subjects with a sample.
        certain (bool): Whether the number of samples is established. Defaults to True.
        certain_split (bool | None): Whether the samples per emotion are. Defaults to None: as ``certain``.
        certain_subjects (bool | None): Whether the number of subjects is. Defaults to None: as ``certain``.
        total (int | None): Samples in total, where ``emotions`` is empty. Defaults to None: the sum of ``emotions``.
    """

    emotions: dict[str, int]
    subjects: int
    certain: bool = True
    certain_split: bool | None = None
    certain_subjects: bool | None = None
    total: int | None = None

    @property
    def samples(self) -> int:
        """Samples in total."""
        return sum(self.emotions.values()) if self.total is None else self.total


@dataclass(frozen=True)
class ReadResult:
    """Everything a reader found. ``num_rows == len(records) + len(left_out)``.

    Args:
        dataset (str): Dataset name.
        layout (str): Which frames of the release were read, for example ``raw_selected``.
        records (tuple[MERecord, ...]): The samples, in the order of the sheet.
        left_out (tuple[LeftOut, ...]): One entry for each row that gave no sample.
        num_rows (int): Rows of the sheet.
        unlabelled (tuple[str, ...]): Clip folders without a row, for example ``sub24/EP02_07``.
        remarks (tuple[tuple[str, str], ...]): Pairs of sample id and what was noticed about the sample:
            missing frames, a moved apex, unreadable action units.
        errata_applied (tuple[AppliedErratum, ...]): Corrections made.
        source (dict[str, str]): Names inside the release folder of what was read, and the checksum of the sheet.
        census (Census | None): Expected numbers of the version read, where a release has several. Defaults to None:
            the reader's.
    """

    dataset: str
    layout: str
    records: tuple[MERecord, ...]
    left_out: tuple[LeftOut, ...]
    num_rows: int
    unlabelled: tuple[str, ...]
    remarks: tuple[tuple[str, str], ...]
    errata_applied: tuple[AppliedErratum, ...]
    source: dict[str, str]
    census: Census | None = None


@dataclass(frozen=True)
class ReleaseReader:
    """A dataset's entry in the table of readers.

    Args:
        name (str): Dataset name, as in sample ids and on the command line.
        title (str): Name for people.
        read (Callable[..., ReadResult]): ``read(root, *, errata=True, layout='auto', dataset=name)``.
        layouts (tuple[str, ...]): Values of ``layout`` besides ``auto``.
        cropped_layouts (tuple[str, ...]): Those whose frames show the aligned face alone.
        fps (int | None): Frames per second; None if unknown.
        census (Census | None): What a complete release holds; None if there is no such thing.
        description (str): Expected folder, for ``--help``.
    """

    name: str
    title: str
    read: Callable[..., ReadResult]
    layouts: tuple[str, ...]
    cropped_layouts: tuple[str, ...]
    fps: int | None
    census: Census | None
    description: str


class Deviation(str):
    """A sentence on a count that deviates from the expected one.

    Attributes:
        certain (bool): Whether the expected number is established.
    """

    certain: bool

    def __new__(cls, what: str, expected: int, certain: bool) -> Deviation:
        """Say what was found and what is expected."""
        sentence = super().__new__(cls, f'{what} found, expected{"" if certain else " (unconfirmed)"} {expected}.')
        sentence.certain = certain
        return sentence


def compare_census(emotions: Counter[str], subjects: int, expected: Census) -> list[Deviation]:
    """Say in words where a count deviates from the expected one.

    Args:
        emotions (Counter[str]): Samples found per emotion.
        subjects (int): Subjects found.
        expected (Census): The expected numbers.

    Returns:
        list[Deviation]: One sentence per deviation; empty when all agree.
    """
    deviations = []
    if sum(emotions.values()) != expected.samples:
        deviations.append(Deviation(f'{sum(emotions.values())} samples', expected.samples, expected.certain))
    if subjects != expected.subjects:
        deviations.append(Deviation(f'{subjects} subjects', expected.subjects,
                                    expected.certain if expected.certain_subjects is None
                                    else expected.certain_subjects))
    certain = expected.certain if expected.certain_split is None else expected.certain_split
    for emotion in sorted({*emotions, *expected.emotions}) if expected.emotions else ():
        found, wanted = emotions.get(emotion, 0), expected.emotions.get(emotion, 0)
        if found != wanted:
            deviations.append(Deviation(f'{found} samples of {emotion}', wanted, certain))
    return deviations
