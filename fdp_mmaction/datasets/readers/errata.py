"""Known mistakes in released annotation sheets, as data.

An erratum is recognised by values of the row (never by its position, which differs between versions of
a sheet) and changes a field only if the field still holds the wrong value, so a corrected sheet stays
untouched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field


@dataclass(frozen=True)
class Erratum:
    """A correction of one field, or the removal of a row.

    Args:
        dataset (str): Dataset name.
        version (str): Version of the sheet in which the mistake was seen; for information.
        key (Mapping[str, object]): Fields and the values they have in the row meant.
        field (str): The wrong field.
        bad_value (object): What it says.
        new_value (object): What it should say. None removes the row.
        source (str): Who established it.
    """

    dataset: str
    version: str
    key: Mapping[str, object] = dataclass_field(hash=False)
    field: str
    bad_value: object
    new_value: object
    source: str


@dataclass(frozen=True)
class AppliedErratum:
    """An erratum and the row it changed.

    Args:
        item (str): The row, for example ``sub04/EP12_01f``.
        erratum (Erratum): The correction.
    """

    item: str
    erratum: Erratum


def matching_errata(row: Mapping[str, object], errata: Sequence[Erratum]) -> list[Erratum]:
    """The errata that a row needs.

    All conditions look at the row as released, so two corrections of one row do not hide each other.

    Args:
        row (Mapping[str, object]): Field values as released; numbers as int.
        errata (Sequence[Erratum]): Candidates.

    Returns:
        list[Erratum]: Those whose key and wrong value are found in the row.
    """
    return [erratum for erratum in errata
            if row.get(erratum.field) == erratum.bad_value
            and all(row.get(name) == value for name, value in erratum.key.items())]


def correct(row: Mapping[str, object], errata: Sequence[Erratum]) -> dict[str, object] | None:
    """Apply errata that match a row.

    Args:
        row (Mapping[str, object]): Field values as released.
        errata (Sequence[Erratum]): From :func:`matching_errata`.

    Returns:
        dict | None: The corrected row, or None if the row is to be removed.
    """
    if any(erratum.new_value is None for erratum in errata):
        return None
    return {**row, **{erratum.field: erratum.new_value for erratum in errata}}
