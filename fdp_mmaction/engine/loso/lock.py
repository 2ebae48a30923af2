"""One command at a time in a folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fdp_mmaction.atomic import write_text
from fdp_mmaction.engine.launch import UsageError

BEAT = 15.0
"""Seconds between two signs of life."""
STALE = 300.0
"""Seconds without one after which a process of another machine is taken for dead."""


@contextmanager
def folder_lock(folder: Path, name: str = '.lock') -> Iterator[None]:
    """Hold a folder; the lock file names process and machine.

    A lock is taken over when its process is dead: gone from the same machine, or without a sign of life for
    :data:`STALE` seconds on another.

    Args:
        folder (Path): Made if needed.
        name (str): Of the lock file. Defaults to ``'.lock'``.

    Yields:
        None.

    Raises:
        UsageError: If another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, mine = folder / name, _identity()
    with _briefly_alone(folder / f'{name}.guard'):
        holder = _read(path)
        if holder is not None and _alive(holder, path):
            raise UsageError(f'{folder} is in use by process {holder["pid"]} on {holder["host"]}: wait for it, stop '
                             f'it, or choose another folder; if that process is gone, delete {path}.')
        write_text(path, json.dumps(mine) + '\n')
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(path, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        if _read(path) == mine:
            path.unlink(missing_ok=True)


def _beat(path: Path, stop: threading.Event) -> None:
    while not stop.wait(BEAT):
        with suppress(OSError):
            os.utime(path)


def _identity() -> dict[str, Any]:
    return dict(pid=os.getpid(), started=_started(os.getpid()), host=socket.gethostname(), space=_space())


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding='utf-8'))
        return found if {'pid', 'host', 'started', 'space'} <= set(found) else None
    except (OSError, ValueError, TypeError):
        return None


def _alive(holder: dict[str, Any], path: Path) -> bool:
    if (holder['host'], holder['space']) == (socket.gethostname(), _space()):
        try:
            os.kill(holder['pid'], 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return _started(holder['pid']) == holder['started']      # numbers of dead processes are given out again
    try:
        return time.time() - path.stat().st_mtime < STALE
    except OSError:
        return False


def _started(pid: int) -> str:
    """When a process started, in the system's own units; empty where the system does not say."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]
    except (OSError, IndexError):
        return ''


def _space() -> str:
    """Names the space in which process numbers are unique: this start of this machine or container."""
    try:
        return Path('/proc/sys/kernel/random/boot_id').read_text().strip() + os.readlink('/proc/self/ns/pid')
    except OSError:
        return ''


@contextmanager
def _briefly_alone(path: Path) -> Iterator[None]:
    with open(path, 'a') as file:
        with suppress(OSError):      # file systems without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def fold_lock(folder: Path, patience: float = 60.0) -> Iterator[None]:
    """Hold the work directory of a fold; the system lets go of it when the process dies, however it dies.

    Args:
        folder (Path): Made if needed.
        patience (float): Seconds to wait for another process. Defaults to 60.

    Yields:
        None.

    Raises:
        UsageError: If another process goes on holding it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / '.lock', 'w') as file:
        os.register_at_fork(after_in_child=file.close)      # data-loading workers may live a little longer
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise UsageError(f'{folder} is still being trained by another process: stop it first.') from None
                time.sleep(0.1)
            except OSError:      # a file system without locks
                break
            else:
                break
        yield
