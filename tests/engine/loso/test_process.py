"""What the process of a fold does around it; whole processes are run in test_kills.py."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import mmengine.config.config as host
import pytest
import torch

from fdp_mmaction.engine.loso import process
from fdp_mmaction.engine.loso.process import main, parse_args, prepare_process
from fdp_mmaction.engine.loso.results import FoldResult, fold_folder, write_fold
from loso_kills import environment


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch):
    threads = torch.get_num_threads()
    monkeypatch.setattr(host, 'FormatCode', host.FormatCode)
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    yield
    torch.set_num_threads(threads)
    gc.unfreeze()


def test_a_process_beside_others(as_before: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(host, 'FormatCode', lambda text, **options: calls.append(text) or (text.upper(), True))
    prepare_process(2)
    assert torch.get_num_threads() == 2 and os.environ['OMP_NUM_THREADS'] == '2' and gc.get_freeze_count() > 0
    assert [host.FormatCode(text, style_config={}) for text in 'aba'] == [('A', True), ('B', True), ('A', True)]
    assert calls == ['a', 'b']


def test_a_log_of_all_attempts_and_one_sentence(tmp_path: Path) -> None:
    """The run has no header, which the user can mend."""
    for _ in range(2):
        done = subprocess.run([sys.executable, '-m', 'fdp_mmaction.engine.loso.process', tmp_path, 'casme2/sub01'],
                              env=environment(), capture_output=True, text=True)
        assert done.returncode == 2 and done.stdout + done.stderr == ''
    lines = (fold_folder(tmp_path, 0, 'casme2/sub01') / process.LOG).read_text().splitlines()
    assert len(lines) == 4 and lines[0].startswith('--- ') and 'left out: casme2/sub01, seed 0, process ' in lines[2]
    assert lines[1] == lines[3] == (f'error: {tmp_path} holds no leave-one-subject-out run (loso.json is missing): '
                                    'give the folder that tools/loso.py wrote.')


def test_a_fold_that_is_done_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_fold(fold_folder(tmp_path, 0, 'a'), FoldResult('a', 0, {}, {}, 1))
    for name in ('end_with_parent', 'prepare_process', 'redirect_output'):
        monkeypatch.setattr(process, name, lambda *_: None)
    monkeypatch.setattr(process, 'run_fold', lambda *_, **__: pytest.fail('trained again'))
    main([str(tmp_path), 'a'])
    assert not (fold_folder(tmp_path, 0, 'a') / 'progress.json').exists()


def test_defaults() -> None:
    args = parse_args(['out', 'a'])
    assert (args.seed, args.threads, args.processes, args.keep, args.launcher) == (0, 1, 1, 'last', 'none')
