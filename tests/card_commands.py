"""Doing what a model card tells."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from load_file import load_file
from toy_loso import forget_runs

REPO = Path(__file__).resolve().parents[1]


def call(tool: str, *arguments: object) -> int | None:
    """Run one of our tools in this process; of the variables of a fold it sees those given by :func:`run_as_told`."""
    return _call(tool, arguments, {})


def _call(tool: str, arguments: tuple[object, ...], environment: dict[str, str]) -> int | None:
    module = load_file(f'tools/{tool}.py')
    forget_runs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [f'{tool}.py', *map(str, arguments)])
        for name in ('ME_TEST_SUBJECT', 'LOCAL_RANK'):
            patch.setenv(name, '')
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        return module.main()


def code(card: str, language: str) -> str:
    """The first block of a language."""
    return re.search(rf'```{language}\n(.*?)\n```', card, re.DOTALL)[1]


def run_as_told(card: Path, prepared: Path) -> None:
    """Run the shell line of a card for the left-out subject, in the folder of the card."""
    line = code(card.read_text(encoding='utf-8'), 'bash')
    words = shlex.split(line.replace('$FDP', str(REPO)).replace('$PREPARED', str(prepared)))
    environment: dict[str, str] = {}
    while '=' in words[0]:
        environment.update([words.pop(0).split('=', 1)])
    assert words[:2] == ['python', str(REPO / 'tools/test.py')]
    before = os.getcwd()
    os.chdir(card.parent)
    try:
        _call('test', tuple(words[2:]), environment)
    finally:
        os.chdir(before)
