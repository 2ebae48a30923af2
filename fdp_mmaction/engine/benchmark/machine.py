"""The device of a measurement, and what has to be said about the machine."""

from __future__ import annotations

import platform
import re
from typing import Any

import torch

from fdp_mmaction.engine.environment import environment
from fdp_mmaction.engine.launch import UsageError


def find_device(name: str | None) -> torch.device:
    """The device that the command line names.

    Args:
        name (str, optional): ``'cpu'``, ``'cuda'`` or ``'cuda:1'``. None: the GPU if there is one.

    Returns:
        torch.device: There; a GPU with a number becomes PyTorch's current one.

    Raises:
        UsageError: If it is no such name, or not there.
    """
    if name is None:
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    if not re.fullmatch(r'cpu|cuda(:\d+)?', name):
        raise UsageError(f'--device {name} is neither cpu nor cuda nor cuda:N.')
    device = torch.device(name)
    if device.type == 'cuda':
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise UsageError(f'--device {name}: PyTorch {torch.__version__} sees {count or "no"} GPU here; use '
                             '--device cpu, or find out why with python -m fdp_mmaction.doctor.')
        if device.index is not None:
            torch.cuda.set_device(device)
    return device


def describe_machine(device: torch.device) -> dict[str, Any]:
    """What a figure means nothing without.

    Args:
        device (torch.device): That is measured on.

    Returns:
        dict: :func:`~fdp_mmaction.engine.environment.environment` with the name of this ``device``, and ``system``; on
        a GPU also ``cuda cudnn gpu_memory`` (bytes) and ``tf32`` (whether float32 convolutions may use it).
    """
    found: dict[str, Any] = dict(environment(), device='CPU', system=f'{platform.system()} {platform.machine()}')
    if device.type == 'cuda':
        found.update(device=torch.cuda.get_device_name(device), cuda=torch.version.cuda,
                     cudnn=torch.backends.cudnn.version(), tf32=torch.backends.cudnn.allow_tf32,
                     gpu_memory=torch.cuda.get_device_properties(device).total_memory)
    return found
