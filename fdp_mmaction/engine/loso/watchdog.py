"""No orphans: a fold ends when the process that started it does, however that one ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import connection, parent_process


def end_with_parent(poll: float = 0.2) -> None:
    """End this process, and its process group if it leads one, as soon as its parent is gone.

    Checkpoints and results are written whole or not at all, so nothing is lost but the epochs since the last one.

    Args:
        poll (float): Seconds between two looks, where the system gives no notice. Defaults to 0.2.
    """
    threading.Thread(target=_watch, args=(poll, os.getppid()), daemon=True).start()


def _watch(poll: float, parent: int) -> None:
    started_by = parent_process()
    if started_by is not None:      # multiprocessing: the parent is not who forked us
        connection.wait([started_by.sentinel])
    else:
        while os.getppid() == parent:
            time.sleep(poll)
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)      # data-loading workers, too
    os._exit(1)
