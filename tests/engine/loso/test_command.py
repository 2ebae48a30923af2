from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fdp_mmaction.engine.loso.command import FoldJob, FoldStart, travelling_variables
from fdp_mmaction.engine.loso.process import parse_args
from fdp_mmaction.engine.loso.results import FoldResult, write_fold


def test_the_command_line_says_what_is_meant(tmp_path: Path) -> None:
    start = FoldStart(threads=3, processes=2, keep='none')
    words = start.command(FoldJob(tmp_path, 'casme2-sub01', 7))
    assert words[:3] == [sys.executable, '-m', 'fdp_mmaction.engine.loso.process']
    args = parse_args(words[3:])
    assert (args.out, args.subject, args.seed) == (tmp_path, 'casme2-sub01', 7)
    assert (args.threads, args.processes, args.keep, args.launcher) == (3, 2, 'none', 'none')
    assert start.environment()['OMP_NUM_THREADS'] == '3' and start.folder == os.getcwd()


def test_running_waits_and_gives_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'import os, sys; sys.exit(7 if os.environ["ME_X"] == "1" and os.getcwd() == {!r} else 1)'
    monkeypatch.setattr(FoldStart, 'command', lambda self, job: [sys.executable, '-c', script.format(self.folder)])
    assert FoldStart(folder=os.path.realpath(tmp_path)).run(FoldJob(tmp_path, 'a', 0), dict(ME_X='1')) == 7


def test_variables_that_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ME_CASME2_ROOT', '/data/casme2')
    monkeypatch.setenv('PYTHONPATH', 'here')
    monkeypatch.setenv('SECRET', 'x')
    found = travelling_variables()
    assert found['ME_CASME2_ROOT'] == '/data/casme2' and found['PYTHONPATH'] == 'here' and 'SECRET' not in found


def test_a_fold_knows_its_folder_and_result(tmp_path: Path) -> None:
    job = FoldJob(tmp_path, 'casme2/sub01', 3)
    assert str(job) == 'casme2/sub01, seed 3' and job.folder == tmp_path / 'folds/seed3/casme2__sub01'
    assert job.result() is None
    write_fold(job.folder, FoldResult('casme2/sub01', 3, {}, {}, 1))
    assert job.result().subject == 'casme2/sub01'
