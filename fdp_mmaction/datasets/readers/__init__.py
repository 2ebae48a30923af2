"""Readers: an original release on disk to micro-expression records.

A new dataset is one module with a :class:`ReleaseReader`, and its name in :data:`READERS`.
"""

from __future__ import annotations

from .casme2 import CASME2, read_casme2
from .errata import AppliedErratum, Erratum
from .record import Census, LeftOut, MERecord, ReadResult, ReleaseReader, compare_census

READERS: dict[str, ReleaseReader] = {reader.name: reader for reader in (CASME2,)}

__all__ = ['READERS', 'AppliedErratum', 'Census', 'Erratum', 'LeftOut', 'MERecord', 'ReadResult', 'ReleaseReader',
           'compare_census', 'read_casme2']
