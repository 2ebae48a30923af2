"""Running tools/loso.py as a user does, and killing it; used by tests and by tests/soak_loso.py."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from fdp_mmaction.engine.loso.results import LosoRun, read_run

REPO = Path(__file__).resolve().parents[1]


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(REPO), str(REPO / 'tests'), *filter(None, [os.environ.get('PYTHONPATH')])])
    return dict(os.environ, PYTHONPATH=path, OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='', **more)


def loso(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """Run the tool to its end."""
    return subprocess.run([sys.executable, str(REPO / 'tools/loso.py'), *map(str, words)], env=environment(), text=True,
                          capture_output=True, timeout=280, cwd=cwd)


def begin(*words: object) -> subprocess.Popen:
    """Start the tool in a process group of its own."""
    return subprocess.Popen([sys.executable, str(REPO / 'tools/loso.py'), *map(str, words)], env=environment(),
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def wait_for(condition, seconds: float = 120.0, process: subprocess.Popen | None = None) -> bool:
    """Wait until something holds, but not for ever, and not for a process that has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        if process is not None and process.poll() is not None:
            return bool(condition())
        time.sleep(0.02)
    return False


def fold_processes(out: Path) -> dict[Path, int]:
    """Process of the latest attempt of every fold that is not done, by its folder."""
    found = {}
    for log in sorted(out.glob('folds/*/*/log.txt')):
        numbers = re.findall(r'^--- .* process (\d+)$', log.read_text(errors='replace'), re.MULTILINE)
        if numbers and not (log.parent / 'fold.json').exists():
            found[log.parent] = int(numbers[-1])
    return found


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False


def parent_of(pid: int) -> int | None:
    """Parent of a process: of a fold, the server that it was forked from."""
    try:
        return int(Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])
    except OSError:
        return None


def epochs_of(out: Path) -> int:
    """Checkpoints there are, of all folds."""
    return len(list(out.glob('folds/*/*/epoch_*.pth')))


def group_members(group: int) -> list[int]:
    """Living processes of a process group or session."""
    found = []
    for path in Path('/proc').glob('[0-9]*/stat'):
        try:
            words = path.read_text().rpartition(')')[2].split()
        except OSError:
            continue
        if words[0] not in 'ZX' and str(group) in words[2:4]:
            found.append(int(path.parent.name))
    return found


def results(out: Path) -> dict[tuple[int, str], tuple]:
    """All of a run that must not depend on what happened on the way."""
    run: LosoRun = read_run(out)
    assert not run.missing, run.missing
    return {(fold.seed, fold.subject): (fold.predictions, fold.epochs, fold.num_train, fold.inner_subjects,
                                        list(fold.history), fold.measures) for fold in run.folds}


def kill(pid: int, signum: int = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)
