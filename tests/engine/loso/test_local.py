"""How folds are forked; what becomes of them when they are killed is in test_kills.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fdp_mmaction.engine.loso.command import FoldJob, FoldStart
from fdp_mmaction.engine.loso.devices import Slot
from fdp_mmaction.engine.loso.local import LocalLauncher, LocalTask, start_server
from loso_kills import alive, wait_for

CHECK = '''
import os, sys
import fdp_mmaction.engine.loso.preload
import torch
assert len(os.listdir('/proc/self/task')) == 1, 'a thread was started'
assert not torch.cuda.is_initialized() and not torch.cuda._is_in_bad_fork()
for name in ('mmaction.models', 'fdp_mmaction.models', 'torch._dynamo', 'matplotlib.pyplot'):
    assert name in sys.modules, name
'''


@pytest.mark.skipif(not os.path.isdir('/proc/self/task'), reason='needs Linux')
def test_the_server_can_be_forked_from() -> None:
    """No thread runs and no GPU is touched after all imports; both would break forked processes."""
    start = FoldStart()
    done = subprocess.run([sys.executable, '-c', CHECK], env=dict(os.environ, **start.environment()), text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    from multiprocessing import forkserver
    seen: list[dict] = []
    monkeypatch.setattr(forkserver, 'ensure_running', lambda: seen.append(dict(os.environ)))
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    monkeypatch.delenv('PYTORCH_NVML_BASED_CUDA_CHECK', raising=False)
    start_server(FoldStart(threads=3))
    assert (seen[0]['OMP_NUM_THREADS'], seen[0]['PYTORCH_NVML_BASED_CUDA_CHECK']) == ('3', '1')
    assert os.environ['OMP_NUM_THREADS'] == '7' and 'PYTORCH_NVML_BASED_CUDA_CHECK' not in os.environ


def start_tree() -> subprocess.Popen:
    """A process with a child, in a group of their own."""
    code = 'import subprocess, sys, time; subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]); ' \
           'print("up", flush=True); time.sleep(60)'
    tree = subprocess.Popen([sys.executable, '-c', code], start_new_session=True, stdout=subprocess.PIPE, text=True)
    assert tree.stdout.readline() == 'up\n'
    return tree


def members(group: int) -> list[int]:
    from loso_kills import group_members
    return group_members(group)


def test_stopping_ends_children_too(tmp_path: Path) -> None:
    launcher = LocalLauncher(FoldStart(processes=2), [Slot('cpu')])
    trees = [start_tree(), start_tree()]
    tasks = [LocalTask(FoldJob(tmp_path, str(tree.pid), 0), Slot('cpu'), tree) for tree in trees]
    assert all(len(members(tree.pid)) == 2 for tree in trees)
    launcher.wait(tasks, 0.01)
    assert [task.exit_code() for task in tasks] == [None, None]
    launcher.stop(tasks, seconds=5)
    assert wait_for(lambda: not any(members(tree.pid) for tree in trees), 5)
    assert [task.exit_code() for task in tasks] == [-signal.SIGTERM] * 2


def test_what_a_killed_fold_leaves_running_is_ended(tmp_path: Path) -> None:
    tree = start_tree()
    task = LocalTask(FoldJob(tmp_path, 'a', 0), Slot('cpu'), tree)
    os.kill(tree.pid, signal.SIGKILL)
    assert wait_for(lambda: task.exit_code() is not None, 5) and task.exit_code() == -signal.SIGKILL
    assert wait_for(lambda: not members(tree.pid), 5)


def test_slots_go_out_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = [Slot('cuda:0', dict(X='0')), Slot('cuda:1', dict(X='1'))]
    launcher = LocalLauncher(FoldStart(processes=2), slots)
    monkeypatch.setattr(FoldStart, 'command', lambda self, job: [
        sys.executable, '-c', 'import os, sys; sys.exit(int(os.environ["X"]))'])
    tasks = launcher.start([FoldJob(tmp_path, 'a', 0), FoldJob(tmp_path, 'b', 0)])
    assert launcher.free() == 0
    assert wait_for(lambda: all(task.exit_code() is not None for task in tasks), 20)
    assert [task.exit_code() for task in tasks] == [0, 1]
    launcher.ended(tasks[1])
    assert launcher.free() == 1 and launcher.start([FoldJob(tmp_path, 'c', 0)])[0].slot == slots[1]


ORPHAN = '''
import os, subprocess, sys, time
child = "import time; from fdp_mmaction.engine.loso.watchdog import end_with_parent; end_with_parent(); " \
        "print('up', flush=True); time.sleep(60)"
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True)
process.stdout.readline()
print(process.pid, flush=True)
time.sleep(60)
'''


def test_a_process_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, '-c', ORPHAN], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    begin = time.monotonic()
    assert wait_for(lambda: not alive(child), 5) and time.monotonic() - begin < 3
