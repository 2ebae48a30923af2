from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from fdp_mmaction.on_import import when_imported


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An importable package of this test alone, whose parts import one another."""
    name = f'awaited_{tmp_path.name}'
    (tmp_path / name).mkdir()
    (tmp_path / name / '__init__.py').write_text('from . import part\nDONE = True\n')
    (tmp_path / name / 'part.py').write_text('VALUE = 1\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in (name, f'{name}.part'):
        sys.modules.pop(module, None)


def test_acts_once_after_the_module_has_run(package: str) -> None:
    seen = []
    when_imported(package, lambda: seen.append(sys.modules[package].DONE))
    when_imported(f'{package}.part', lambda: seen.append(hasattr(sys.modules[package], 'DONE')))
    assert seen == []
    module = importlib.import_module(package)
    assert seen == [False, True]      # the part had run, the whole had not; then the whole
    importlib.reload(module)
    assert seen == [False, True]


def test_acts_at_once_on_what_was_imported(package: str) -> None:
    importlib.import_module(package)
    seen = []
    when_imported(package, lambda: seen.append(1))
    when_imported(package, lambda: seen.append(2))
    assert seen == [1, 2]


def test_waits_for_a_module_that_is_being_imported(package: str, tmp_path: Path) -> None:
    """Asked from inside: the module counts as imported only when it has run."""
    seen = []
    sys.modules['_seen'] = seen
    (tmp_path / package / 'part.py').write_text(
        'import sys\nfrom fdp_mmaction.on_import import when_imported\n'
        f'when_imported("{package}", lambda: sys.modules["_seen"].append(1))\n')
    try:
        importlib.import_module(package)
    finally:
        del sys.modules['_seen']
    assert seen == []      # too late to watch it, and never called half-way


def test_a_module_that_does_not_exist_is_still_not_found() -> None:
    when_imported('no_such_module_at_all', lambda: pytest.fail('called'))
    with pytest.raises(ModuleNotFoundError, match='no_such_module_at_all'):
        importlib.import_module('no_such_module_at_all')
