"""A device that is far away, on every machine: copying there works, reading from there raises.

PyTorch's ``meta`` device computes nothing, so whatever would make the host wait for a GPU to read a value fails on it.
"""

from __future__ import annotations

import torch
from torch.utils._python_dispatch import TorchDispatchMode

AWAY = torch.device('meta')
UNREADABLE = (RuntimeError, NotImplementedError)
"""What reading from there raises."""


class Copies(TorchDispatchMode):
    """Notes every copy to another device: type of the values, and whether the host goes on meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[torch.dtype, bool]] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        device = kwargs.get('device')
        if function is torch.ops.aten._to_copy.default and device is not None and device != args[0].device:
            self.seen.append((args[0].dtype, bool(kwargs.get('non_blocking'))))
        return function(*args, **kwargs)
