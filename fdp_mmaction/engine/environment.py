"""What a result was made with: versions, device, processor, threads, commit."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import mmengine
import numpy as np
import torch

import fdp_mmaction
from fdp_mmaction.version import __version__


def versions() -> dict[str, str]:
    """Versions of what computes, and ``device``: name of the GPU, or ``'CPU'``."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    return dict(fdp_mmaction=__version__, python=platform.python_version(), torch=torch.__version__,
                mmengine=mmengine.__version__, numpy=np.__version__, device=device)


def environment() -> dict[str, Any]:
    """All that a result of this process may depend on, up to rounding.

    Returns:
        dict: :func:`versions`, ``cpu`` (name), ``cores`` (that this process may use), ``threads`` (of PyTorch in this
        process), and in a git checkout ``commit``.
    """
    commit = checkout_commit()
    return dict(versions(), cpu=cpu_name(), cores=usable_cores(), threads=torch.get_num_threads(),
                **({'commit': commit} if commit else {}))


def cpu_name() -> str:
    """Name of the processor, or at least its kind."""
    try:
        found = re.search(r'^model name\s*:\s*(.+)$', Path('/proc/cpuinfo').read_text(), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def checkout_commit() -> str | None:
    """Commit of the checkout that this package is imported from.

    Returns:
        str | None: Twelve digits, with ``-changed`` behind them if a tracked file is another than in the commit. None
        for an installed package, and where git is missing or refuses.
    """
    return commit_of(Path(fdp_mmaction.__file__).resolve().parents[1])


@cache      # the code that is loaded stays what it was
def commit_of(folder: Path) -> str | None:
    """Commit of a checkout of this project, see :func:`checkout_commit`.

    Args:
        folder (Path): Its root. A folder somewhere inside another repository is none.
    """
    if not ((folder / '.git').exists() and (folder / 'setup.py').is_file()):
        return None
    variables = {name: value for name, value in os.environ.items() if not name.startswith('GIT_')}
    variables.update(GIT_OPTIONAL_LOCKS='0', GIT_NO_LAZY_FETCH='1', GIT_TERMINAL_PROMPT='0')
    try:
        done = subprocess.run(['git', '-c', 'core.fsmonitor=false', 'describe', '--always', '--exclude=*',
                               '--abbrev=12', '--dirty=-changed'], cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=5, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
