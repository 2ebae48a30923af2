"""Readers: an original release on disk to micro-expression records.

A new dataset is one module with a :class:`ReleaseReader`, and its name in :data:`READERS`.
"""

from __future__ import annotations

from .casme import CASME
from .casme2 import CASME2, read_casme2
from .casme3 import CASME3, CASME3_V1
from .casme3_part_c import CASME3_PART_C
from .casme_squared import CASME_SQUARED, CASME_SQUARED_MACRO
from .errata import AppliedErratum, Erratum
from .mmew import MMEW
from .record import Census, LeftOut, MERecord, ReadResult, ReleaseReader, compare_census
from .samm import SAMM
from .smic import SMIC_HS, SMIC_NIR, SMIC_VIS

READERS: dict[str, ReleaseReader] = {reader.name: reader for reader in (
    CASME2, SAMM, SMIC_HS, SMIC_VIS, SMIC_NIR, CASME_SQUARED, CASME_SQUARED_MACRO, CASME3, CASME3_V1, CASME3_PART_C,
    CASME, MMEW)}

__all__ = ['READERS', 'AppliedErratum', 'Census', 'Erratum', 'LeftOut', 'MERecord', 'ReadResult', 'ReleaseReader',
           'compare_census', 'read_casme2']
