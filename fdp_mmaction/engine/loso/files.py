"""The folder of a run, and checkpoints of a fold: written whole or not at all, and found again."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.fileio import LocalBackend, register_backend

from fdp_mmaction.atomic import LEFTOVERS, replacing
from fdp_mmaction.engine.launch import UsageError, check_folder
from fdp_mmaction.engine.safe_loading import CheckpointError, load_from_local

from .fold_config import CHECKPOINTS
from .results import RUN

_TRAINING = ('optimizer', 'param_schedulers')
_PLAIN = ('last_checkpoint', '*.pth', '*/vis_data')


def require_run_folder(out: Path) -> None:
    """Leave alone what is no folder of a run.

    Args:
        out (Path): May not exist yet.

    Raises:
        UsageError: If it cannot be a folder that is written into, or is the work directory of a plain training.
    """
    check_folder(out)
    if not (out / RUN).is_file() and any(found for name in _PLAIN for found in out.glob(name)):
        raise UsageError(f'{out} holds a training that is no leave-one-subject-out run, as tools/train.py leaves one: '
                         'choose another --out.')


class WholeFileBackend(LocalBackend):
    """MMEngine's local files, except that a killed process leaves no half of one."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes.

        Args:
            obj (bytes): The content.
            filepath (str | Path): The file.
        """
        with replacing(filepath) as partial:
            partial.write_bytes(obj)


def register_whole_files() -> None:
    """Let configs ask for :class:`WholeFileBackend`."""
    register_backend('WholeFileBackend', WholeFileBackend, force=True)


def epoch_of(path: Path) -> int:
    """Epoch of a checkpoint, by its name; 0 when that says none."""
    number = path.stem.rpartition('_')[2]
    return int(number) if number.isdigit() else 0


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from; damaged ones are deleted, so that the one before serves.

    Args:
        folder (Path): Work directory of a fold.

    Returns:
        Path | None: None where there is none.
    """
    for path in sorted(folder.glob(CHECKPOINTS), key=epoch_of, reverse=True):
        try:
            load_from_local(str(path), 'cpu')
            return path
        except CheckpointError:
            path.unlink(missing_ok=True)
    return None


def drop_training_state(path: Path) -> None:
    """Leave out of a checkpoint what only training on would need: twice the weights with Adam.

    Args:
        path (Path): A checkpoint that training wrote; nothing else in it changes.

    Raises:
        CheckpointError: If it is damaged.
    """
    checkpoint = load_from_local(str(path), 'cpu')
    if any(key in checkpoint for key in _TRAINING):
        with replacing(path) as partial:
            torch.save({key: value for key, value in checkpoint.items() if key not in _TRAINING}, partial)


def clean(folder: Path) -> None:
    """Delete what killed processes left behind."""
    for path in folder.glob(LEFTOVERS):
        path.unlink(missing_ok=True)
