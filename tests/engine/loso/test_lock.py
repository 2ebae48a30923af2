from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso import lock
from fdp_mmaction.engine.loso.lock import fold_lock, folder_lock


def test_a_second_process_is_refused_and_a_third_is_not(tmp_path: Path) -> None:
    used = pytest.raises(UsageError, match=f'is in use by process {os.getpid()} on ')
    with folder_lock(tmp_path / 'new'), used, folder_lock(tmp_path / 'new'):
        pass
    with folder_lock(tmp_path / 'new'):
        assert json.loads((tmp_path / 'new/.lock').read_text())['pid'] == os.getpid()
    assert not (tmp_path / 'new/.lock').exists()


def leave(folder: Path, **changes) -> Path:
    path = folder / '.lock'
    path.write_text(json.dumps(dict(lock._identity(), **changes)))
    return path


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, '-c', ''])
    dead.wait()
    leave(tmp_path, pid=dead.pid)
    with folder_lock(tmp_path):
        pass


def test_a_number_that_was_given_out_again_is_no_life(tmp_path: Path) -> None:
    leave(tmp_path, started='12')
    with folder_lock(tmp_path):
        pass


def test_a_living_process_of_another_user_keeps_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signum: int) -> None:
        raise PermissionError
    leave(tmp_path)
    monkeypatch.setattr(lock.os, 'kill', refuse)
    with pytest.raises(UsageError), folder_lock(tmp_path):
        pass


def test_another_machine_counts_as_alive_while_it_gives_signs(tmp_path: Path) -> None:
    path = leave(tmp_path, host='elsewhere')
    with pytest.raises(UsageError, match='on elsewhere: wait for it'), folder_lock(tmp_path):
        pass
    long_ago = time.time() - 2 * lock.STALE
    os.utime(path, (long_ago, long_ago))
    with folder_lock(tmp_path):
        pass


def test_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, 'BEAT', 0.01)
    with folder_lock(tmp_path):
        os.utime(tmp_path / '.lock', (1, 1))
        end = time.time() + 5
        while (tmp_path / '.lock').stat().st_mtime < 2 and time.time() < end:
            time.sleep(0.01)
        assert (tmp_path / '.lock').stat().st_mtime > 2


def test_a_damaged_lock_locks_nothing(tmp_path: Path) -> None:
    for text in ('{', '[]', '{"pid": 1}', ''):
        (tmp_path / '.lock').write_text(text)
        with folder_lock(tmp_path):
            pass


def test_a_lock_that_was_taken_from_us_is_left_alone(tmp_path: Path) -> None:
    with folder_lock(tmp_path):
        leave(tmp_path, pid=1)
    assert json.loads((tmp_path / '.lock').read_text())['pid'] == 1


def hold(folder: Path, ready) -> None:
    with fold_lock(folder):
        ready.set()
        time.sleep(60)


def test_a_killed_fold_lets_go(tmp_path: Path) -> None:
    context = multiprocessing.get_context('fork')
    ready = context.Event()
    holder = context.Process(target=hold, args=(tmp_path, ready))
    holder.start()
    assert ready.wait(10)
    with pytest.raises(UsageError, match='still being trained by another process'), fold_lock(tmp_path, patience=0.3):
        pass
    holder.kill()
    holder.join()
    with fold_lock(tmp_path, patience=5):
        pass


def test_children_of_a_fold_do_not_hold_it(tmp_path: Path) -> None:
    with fold_lock(tmp_path):
        child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))
        child.start()
    try:
        with fold_lock(tmp_path, patience=0.2):
            pass
    finally:
        child.kill()
        child.join()
