from __future__ import annotations

import re
from pathlib import Path

from fdp_mmaction.version import __version__


def test_the_citation_names_this_version() -> None:
    citation = (Path(__file__).resolve().parents[1] / 'CITATION.cff').read_text()
    assert re.search(r'^version: (.+)$', citation, re.M)[1] == __version__
