"""Class protocols: which released emotions count, and as which class."""

from __future__ import annotations

from dataclasses import dataclass, field
from collections.abc import Mapping


@dataclass(frozen=True)
class Protocol:
    """A named way to turn the released emotions of a dataset into classes.

    Args:
        name (str): As papers call it, for example ``'5-class'``.
        classes (tuple[str, ...]): Class names in label order.
        mapping (Mapping[str, str]): Released emotion (lower case) -> class name. Emotions that are not
            listed are left out of the protocol.
        census (Mapping[str, int]): Expected number of MEs of each class in the release; empty when
            unknown. Defaults to empty.
        num_subjects (int, optional): Expected number of subjects with at least one ME. Defaults to None.
        folds (tuple[str, ...]): Subjects that a published run leaves out, in its order. Defaults to empty: every
            subject with an ME of the protocol.
        subject_census (Mapping[str, int]): Expected number of MEs of each subject; empty when unknown. Defaults to
            empty.
    """

    name: str
    classes: tuple[str, ...]
    mapping: Mapping[str, str]
    census: Mapping[str, int] = field(default_factory=dict)
    num_subjects: int | None = None
    folds: tuple[str, ...] = ()
    subject_census: Mapping[str, int] = field(default_factory=dict)

    def label(self, emotion: str) -> int | None:
        """Label of a released emotion, or None when the protocol leaves it out."""
        name = self.mapping.get(emotion)
        return None if name is None else self.classes.index(name)


def identity_protocol(name: str, classes: tuple[str, ...], census: Mapping[str, int] | None = None,
                      num_subjects: int | None = None, folds: tuple[str, ...] = (),
                      subject_census: Mapping[str, int] | None = None) -> Protocol:
    """A protocol whose classes are released emotions under their own names."""
    return Protocol(name, classes, {c: c for c in classes}, census or {}, num_subjects, folds, subject_census or {})
