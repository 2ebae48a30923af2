"""Checkpoints that every PyTorch loads with its safe default."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log

from fdp_mmaction.registry import HOOKS

_WEIGHTS = ('state_dict', 'ema_state_dict')
_PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.Size, torch.dtype, torch.device)
_CASTS = ((np.bool_, bool), (np.integer, int), (np.floating, float), (np.complexfloating, complex),
          (str, str.__str__), (int, int), (float, float), (PurePath, str))
_NO_PLAIN_FORM = object()


@HOOKS.register_module()
class SafeCheckpointHook(Hook):
    """Save checkpoints that ``torch.load(file, weights_only=True)`` accepts, anywhere, without this package.

    MMEngine stores its log history and NumPy values in checkpoints, and PyTorch's safe loader refuses both
    (mmengine issues 1655 and 1650). Before a checkpoint is written, this hook empties the log history (``--resume``
    starts its smoothing windows afresh; the history stays in the work directory's logs) and turns NumPy values,
    paths, queues and mappings into plain Python ones. What has no plain form is left out, with a warning.
    """

    priority = 'LOWEST'      # after every hook that adds to the checkpoint

    def before_save_checkpoint(self, runner: Any, checkpoint: dict) -> None:
        """Make the checkpoint plain, in place.

        Args:
            runner (Runner): The runner; unused.
            checkpoint (dict): About to be written.
        """
        hub = checkpoint.get('message_hub')
        if hub:
            infos = hub['runtime_info']
            hub.update(log_scalars=OrderedDict(),
                       resumed_keys={key: value for key, value in hub['resumed_keys'].items() if key in infos})
        for key in [key for key in checkpoint if key not in _WEIGHTS]:
            checkpoint[key] = to_plain(checkpoint[key], key)


def to_plain(value: Any, name: str = 'value') -> Any:
    """The same value out of types that PyTorch's safe loader accepts.

    Args:
        value: Anything; containers are walked.
        name: Where it stands, for the warning. Defaults to ``'value'``.

    Returns:
        Tensors and plain values as they are, NumPy scalars as Python ones, NumPy arrays and queues as lists, paths
        as text, mappings as dicts, all without members of any other type; None when it is one itself.

    Examples:
        >>> to_plain({'acc': np.float32(0.5), 'history': np.arange(2)})
        {'acc': 0.5, 'history': [0, 1]}
    """
    plain = _convert(value, name)
    return None if plain is _NO_PLAIN_FORM else plain


def _convert(value: Any, name: str) -> Any:
    if type(value) in _PLAIN or isinstance(value, torch.Tensor):
        return value
    for kind, cast in _CASTS:
        if isinstance(value, kind):
            return cast(value)
    if isinstance(value, Mapping):
        pairs = [(_convert(key, name), _convert(item, f'{name}.{key}')) for key, item in value.items()]
        return {key: item for key, item in pairs if key is not _NO_PLAIN_FORM and item is not _NO_PLAIN_FORM}
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim else [value.item()]
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        items = [item for item in (_convert(item, name) for item in value) if item is not _NO_PLAIN_FORM]
        kind = tuple if isinstance(value, tuple) else set if isinstance(value, (set, frozenset)) else list
        return kind(items)
    print_log(f'{name} ({type(value).__name__}) is left out of the checkpoint, which holds plain values only.',
              'current', logging.WARNING)
    return _NO_PLAIN_FORM
