"""Memory in use and its peak: of the GPU's allocator, or of this process (Linux)."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

_PROCESS = Path('/proc/self')


def give_back(device: torch.device) -> None:
    """Hand memory that is free, but kept for later, back to the system, so that its next use shows."""
    if device.type == 'cpu':
        try:
            ctypes.CDLL(None).malloc_trim(0)      # of the GNU C library
        except (AttributeError, OSError, TypeError):
            return


def used(device: torch.device) -> int | None:
    """Bytes in use now: tensors on a GPU, or the resident memory of this process; None where that is not told."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
        return torch.cuda.memory_allocated(device)
    return _status('VmRSS')


def reset_peak(device: torch.device) -> bool:
    """Let the peak begin anew.

    Returns:
        bool: False where that cannot be done, so that :func:`peak` would tell of the past.
    """
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        return True
    try:
        (_PROCESS / 'clear_refs').write_text('5')      # proc(5): sets VmHWM back to VmRSS
    except OSError:
        return False
    return True


def peak(device: torch.device) -> int | None:
    """The most bytes in use since :func:`reset_peak`; None where that is not told."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device)
    return _status('VmHWM')


def step_memory(step: Callable[[], object], device: torch.device) -> int | None:
    """Bytes that a step needs for a while: its peak beyond what is in use before it.

    Args:
        step (Callable): Is run once, warm.
        device (torch.device): Where.

    Returns:
        int | None: Bytes; None where that is not told. On a CPU it is the growth of the process, some MiB exact.
    """
    give_back(device)
    before = used(device)
    if not reset_peak(device):
        return None
    step()
    most = peak(device)
    return None if before is None or most is None else max(most - before, 0)


def state_memory(model: nn.Module, optimizer: torch.optim.Optimizer | None) -> int:
    """Bytes of a model's weights and buffers, and of what an optimiser keeps about them."""
    kept = [] if optimizer is None else [value for state in optimizer.state.values() for value in state.values()
                                         if isinstance(value, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in [*model.parameters(), *model.buffers(), *kept])


def _status(name: str) -> int | None:
    try:
        found = re.search(rf'^{name}:\s*(\d+) kB', (_PROCESS / 'status').read_text(), re.M)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
