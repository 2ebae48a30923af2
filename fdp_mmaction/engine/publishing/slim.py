"""From a checkpoint of a training to a file of weights."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from fdp_mmaction.engine.hooks.safe_checkpoint_hook import to_plain
from fdp_mmaction.engine.hooks.trained_subjects_hook import ENTRY as TRAINED_ON
from fdp_mmaction.engine.launch import UsageError, load_config
from fdp_mmaction.engine.safe_loading import TRUST_VARIABLE, CheckpointError, allow_log_history, load_from_local
from fdp_mmaction.version import __version__

from .gather import declared
from .paths import portable
from .portable_config import portable_config

_KEPT = ('epoch', 'iter', 'seed', 'mmengine_version', 'converted_from', TRAINED_ON)


@dataclass(frozen=True)
class SlimFile:
    """The bytes of a file of weights.

    Args:
        content (bytes): Of the file.
    """

    content: bytes

    @property
    def sha256(self) -> str:
        """Of the content."""
        return hashlib.sha256(self.content).hexdigest()

    def name(self, stem: str) -> str:
        """File name, with the first 8 digits of the hash, as MMEngine checks it when it downloads one."""
        return f'{stem}-{self.sha256[:8]}.pth'


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """A checkpoint that PyTorch's safe loader accepts.

    Args:
        path (str | Path): A file that training wrote.

    Returns:
        dict: With ``state_dict`` and ``meta``.

    Raises:
        CheckpointError: If it is missing, damaged, holds anything that could run code, or is no such checkpoint.
        UsageError: If the safe loader is switched off.
    """
    if os.environ.get(TRUST_VARIABLE):
        raise UsageError(f'{TRUST_VARIABLE} is set, but what is published must load with the safe loader: unset it.')
    allow_log_history()
    loaded = load_from_local(str(path), map_location='cpu')
    if not isinstance(loaded, dict) or not isinstance(loaded.get('state_dict'), Mapping):
        raise CheckpointError(f'{path} is no checkpoint of a training (it has no state_dict); for weights of the '
                              'released codes use tools/convert_checkpoint.py first.')
    return dict(loaded, meta=dict(loaded.get('meta') or {}))


def trained_config(checkpoint: Mapping[str, Any], path: str | Path, config: str | Path | None = None) -> Config:
    """The config that a checkpoint was trained with.

    Args:
        checkpoint (Mapping): From :func:`read_checkpoint`.
        path (str | Path): Its file, for the message.
        config (str | Path, optional): The file to use. Defaults to None: the text that is in the checkpoint.

    Returns:
        Config: The config.

    Raises:
        UsageError: If there is none.
    """
    if config is not None:
        if not Path(config).is_file():
            raise UsageError(f'Config {config} does not exist: name the one that {path} was trained with.')
        return load_config(config)
    text = checkpoint['meta'].get('cfg')
    if not text:
        raise UsageError(f'{path} does not hold its config: name the one it was trained with by --config.')
    return Config.fromstring(text, '.py')


def slim(checkpoint: Mapping[str, Any], cfg: Config) -> SlimFile:
    """What loading needs, and nothing else.

    The weights are those under ``state_dict``, untouched: of a training with ``EMAHook`` these are the averaged ones,
    which were evaluated, and ``ema_state_dict`` holds the others.

    Args:
        checkpoint (Mapping): From :func:`read_checkpoint`.
        cfg (Config): Its config.

    Returns:
        SlimFile: The same for the same checkpoint.
    """
    meta = {key: checkpoint['meta'][key] for key in _KEPT if key in checkpoint['meta']}
    dataset = portable(dict(checkpoint['meta'].get('dataset_meta') or {}))
    _, protocol, classes = declared(cfg)
    if 'classes' not in dataset and classes:
        dataset.update(classes=classes, protocol=protocol)
    meta.update(cfg=portable_config(cfg, variables=False), dataset_meta=dataset, fdp_mmaction_version=__version__)
    buffer = io.BytesIO()      # in a file, torch.save would write the file's name into it
    torch.save(dict(meta=to_plain(meta, 'meta'), state_dict=checkpoint['state_dict']), buffer)
    return SlimFile(buffer.getvalue())
