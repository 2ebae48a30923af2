"""Loading checkpoints without running code that a file may carry."""

from __future__ import annotations

import importlib
import os
import pickle
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, MMLogger

TRUST_VARIABLE = 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'
"""PyTorch's own switch: set to 1, checkpoints are unpickled in full, which can run code hidden in them."""


class CheckpointError(RuntimeError):
    """A checkpoint cannot be loaded safely, is damaged, or does not fit the model."""


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Load a checkpoint without running code from it.

    Tensors, plain Python values, NumPy arrays and MMEngine's log history are allowed (after
    :func:`allow_log_history`); anything else is refused unless the user sets :data:`TRUST_VARIABLE`. MMEngine logs
    part of this function's name, which therefore stays as it is there.

    Args:
        filename: Path of the file; ``~`` is expanded.
        map_location: As in :func:`torch.load`. Defaults to None.

    Returns:
        The loaded object, usually a dict with ``state_dict`` and ``meta``.

    Raises:
        CheckpointError: The file is missing, is damaged, or holds objects that could run code.
    """
    path = os.path.expanduser(filename)
    check_is_file(path)
    if os.environ.get(TRUST_VARIABLE, '').lower() in ('1', 'y', 'yes', 'true'):
        MMLogger.get_current_instance().warning(
            f'{TRUST_VARIABLE} is set: {filename} is unpickled in full, and code in it would run.')
        return torch.load(path, map_location=map_location, weights_only=False)
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except Exception as error:      # torch.load raises half a dozen types for a bad file
        found = re.search(r"GLOBAL ([\w.]+)|got <class '([\w.]+)'>", str(error))
        if found is None:
            raise CheckpointError(f'Checkpoint {filename} is damaged or is not a PyTorch checkpoint; make or download '
                                  f'it again ({type(error).__name__}).') from error
        raise CheckpointError(
            f'Checkpoint {filename} holds {found[1] or found[2]}, which could run code when loaded; if you trust '
            f'where the file comes from, set {TRUST_VARIABLE}=1 and run again.') from error


def check_is_file(path: str | Path) -> None:
    """Refuse what is no file; of a folder say which checkpoint in it may be meant.

    Args:
        path (str | Path): Of a checkpoint.

    Raises:
        CheckpointError: It is missing, or a folder.
    """
    path = Path(path)
    if path.is_dir():
        newest = newest_checkpoint(path)
        remedy = ' that holds none (.pth): name a file.' if newest is None else (
            f': name a file in it; the newest is {newest}.')
        raise CheckpointError(f'Checkpoint {path} is a folder{remedy}')
    if not path.is_file():
        raise CheckpointError(f'Checkpoint {path} does not exist; check the path.')


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint that a training wrote last.

    Args:
        folder (Path): Where it wrote.

    Returns:
        Path | None: What MMEngine's ``last_checkpoint`` names, else the newest ``.pth``; None where there is none.
    """
    pointer = folder / 'last_checkpoint'
    if pointer.is_file():
        named = folder / Path(pointer.read_text(encoding='utf-8').strip()).name      # the folder may have been moved
        if named.is_file():
            return named
    return max(folder.glob('*.pth'), key=lambda path: (path.stat().st_mtime, path.name), default=None)


def load_from_url(url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True) -> Any:
    """Download a checkpoint once into PyTorch's cache and load it with :func:`load_from_local`.

    Args:
        url: Address of the file.
        model_dir: Cache folder. Defaults to None, PyTorch's ``checkpoints`` folder.
        map_location: As in :func:`torch.load`. Defaults to None.
        progress: Show a progress bar. Defaults to True.

    Returns:
        The loaded object.

    Raises:
        CheckpointError: As :func:`load_from_local`.
    """
    folder = Path(model_dir or os.path.join(torch.hub.get_dir(), 'checkpoints'))
    target = folder / os.path.basename(urlparse(url).path)
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target), progress=progress)     # writes beside, then renames
    return load_from_local(str(target), map_location)


def history_method(owner: type, name: str) -> Any:
    """What ``getattr`` may do in a checkpoint: name a statistic of MMEngine's log history, and nothing else.

    Args:
        owner: :class:`mmengine.logging.HistoryBuffer`.
        name: One of its public methods, such as ``'mean'``.

    Returns:
        The method.

    Raises:
        pickle.UnpicklingError: Anything else is asked for; a free ``getattr`` would lead to arbitrary code.
    """
    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise pickle.UnpicklingError(f'GLOBAL getattr({owner!r}, {name!r})')
    return getattr(owner, name)


def allow_log_history() -> None:
    """Let PyTorch's safe loader accept what MMEngine keeps in a checkpoint: log history and NumPy values.

    Needs PyTorch 2.7; older ones refuse such files. NumPy moved ``numpy.core`` to ``numpy._core`` in version 2: both
    names are allowed, so files travel between versions.
    """
    if tuple(int(part) for part in torch.__version__.split('.')[:2]) < (2, 7):
        return
    core = importlib.import_module('numpy._core' if hasattr(np, '_core') else 'numpy.core').multiarray
    torch.serialization.add_safe_globals([
        HistoryBuffer, np.ndarray, np.dtype, *{type(np.dtype(code)) for code in '?bhilqBHILQefd'},
        (history_method, 'builtins.getattr'),
        *[(getattr(core, name), f'{module}.multiarray.{name}')
          for name in ('scalar', '_reconstruct') for module in ('numpy.core', 'numpy._core')]])
