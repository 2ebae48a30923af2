"""Where folds run: which GPUs, how many side by side, with how many threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from fdp_mmaction.engine.launch import UsageError


@dataclass(frozen=True)
class Slot:
    """Room for one fold.

    Args:
        name (str): For people: ``cpu``, ``cuda:0``, ``cuda:0,1``.
        environment (dict[str, str]): What makes the fold's processes run there.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)


def num_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def find_slots(devices: Sequence[str] = (), jobs_per_device: int = 1, processes: int = 1) -> list[Slot]:
    """Room for folds on this machine.

    Args:
        devices (Sequence[str]): ``cpu``, or GPUs as ``cuda:0`` or ``0``, counted as PyTorch counts them. Defaults to
            none: all GPUs that are visible, or else the CPU.
        jobs_per_device (int): Folds side by side on each. Defaults to 1.
        processes (int): GPUs, or processes on the CPU, that train one fold together. Defaults to 1.

    Returns:
        list[Slot]: In order of use: every device once before any is used twice.

    Raises:
        UsageError: If there is no such device, or there are too few.
    """
    if jobs_per_device < 1 or processes < 1:
        raise UsageError('--jobs-per-device and --gpus-per-fold are at least 1.')
    visible = _visible_gpus()
    names = list(devices) or [str(index) for index in range(len(visible))] or ['cpu']
    if names == ['cpu']:
        return [Slot('cpu', {'CUDA_VISIBLE_DEVICES': ''})] * jobs_per_device
    indices = [_index(name, len(visible)) for name in names]
    if len(indices) % processes:
        raise UsageError(f'{len(indices)} GPUs cannot be shared out to folds of {processes}: choose another '
                         '--gpus-per-fold or name the --devices.')
    groups = [indices[start:start + processes] for start in range(0, len(indices), processes)]
    return [Slot('cuda:' + ','.join(map(str, group)), {'CUDA_VISIBLE_DEVICES': ','.join(visible[k] for k in group)})
            for _ in range(jobs_per_device) for group in groups]


def _visible_gpus() -> list[str]:
    """What to put into CUDA_VISIBLE_DEVICES for each GPU that PyTorch sees."""
    import torch
    count = torch.cuda.device_count()
    named = [name.strip() for name in os.environ.get('CUDA_VISIBLE_DEVICES', '').split(',') if name.strip()]
    return (named or [str(index) for index in range(count)])[:count]


def _index(name: str, count: int) -> int:
    number = name.removeprefix('cuda:')
    if not number.isdigit() or int(number) >= count:
        raise UsageError(f'--devices {name}: PyTorch sees {count} GPUs here; name them cuda:0, cuda:1, ... or say cpu '
                         'alone.')
    return int(number)


def threads_per_process(slots: int, processes: int = 1) -> int:
    """Cores shared out to all processes that run side by side; at least 1."""
    return max(1, num_cores() // (slots * processes))
