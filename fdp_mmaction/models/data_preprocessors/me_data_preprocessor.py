"""From the data loader to the GPU, in few pieces and without waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmaction.models import ActionDataPreprocessor
from mmengine.structures import BaseDataElement
from torch import Tensor

from fdp_mmaction.outside_graphs import outside_graphs
from fdp_mmaction.registry import MODELS

FAR = ('cuda', 'meta')
"""Kinds of devices that a host need not wait for while it copies something there; ``meta`` is that of no machine."""


def move_together(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Copy tensors to a device; those of one shape and type in one piece.

    To a CUDA device the copy goes through page-locked memory, so the host does not wait for it.

    Args:
        tensors (Sequence[Tensor]): On the host.
        device (torch.device): Where to.

    Returns:
        list[Tensor]: The same values there. Tensors of one shape and type are parts of one tensor.
    """
    if len({(tensor.shape, tensor.dtype, tensor.device) for tensor in tensors}) > 1:
        return [piece for tensor in tensors for piece in move_together([tensor], device)]
    first = tensors[0]
    if first.device.type != 'cpu':
        return [tensor.to(device) for tensor in tensors]
    together = torch.empty((len(tensors), *first.shape), dtype=first.dtype, pin_memory=device.type == 'cuda')
    torch.stack([tensor.detach() for tensor in tensors], out=together)
    return list(together.to(device, non_blocking=True).unbind())


def move_samples(samples: Sequence[BaseDataElement], device: torch.device) -> list[BaseDataElement]:
    """Copy data samples to a device; what all of them have, as in a batch of one pipeline, in one piece.

    Args:
        samples (Sequence[BaseDataElement]): With tensors on the host.
        device (torch.device): Where to.

    Returns:
        list[BaseDataElement]: New samples; what is no tensor is as ``BaseDataElement.to`` leaves it.
    """
    shared = [name for name, _ in samples[0].items()
              if all(isinstance(sample.get(name), Tensor) for sample in samples)]
    columns = [move_together([sample.get(name) for sample in samples], device) for name in shared]
    moved = []
    for index, sample in enumerate(samples):
        copied = sample.new()
        rest = {name: value.to(device) for name, value in sample.items()
                if name not in shared and hasattr(value, 'to')}
        copied.set_data({**rest, **{name: column[index] for name, column in zip(shared, columns)}})
        moved.append(copied)
    return moved


@MODELS.register_module()
class MEDataPreprocessor(ActionDataPreprocessor):
    """``ActionDataPreprocessor``, which brings a batch to a GPU in few pieces and without waiting.

    MMAction2's copies the frames and every target of every ME one by one, and the host waits each time until the GPU
    has done all that was asked of it before. This one stacks them on the host, in page-locked memory: one copy for the
    frames, which travel as uint8 and become float32 on the GPU, and one for each kind of target. The results are the
    same to the bit. ``pin_memory`` of the data loader is of no use then. On the CPU nothing differs from MMAction2's.
    Arguments are those of :class:`mmaction.models.ActionDataPreprocessor`: ``mean``, ``std``, ``format_shape``, ...
    """

    @outside_graphs
    def forward(self, data: Any, training: bool = False) -> Any:
        """Bring a batch to the device of the model, stack and normalise it.

        Args:
            data (dict): ``inputs``, a list of N uint8 ``(num_clips, C, T, H, W)``, and ``data_samples``.
            training (bool): Whether the model is being trained. Defaults to False.

        Returns:
            dict: ``inputs`` float32 ``(N, num_clips, C, T, H, W)``, and ``data_samples``.
        """
        return super().forward(data, training)

    def cast_data(self, data: Any) -> Any:
        """Bring a batch to the device of the model.

        Args:
            data (dict): ``inputs``, a list of N tensors, and ``data_samples``, a list of N samples; what looks
                otherwise is copied as MMAction2 copies it.

        Returns:
            dict: The same on the device.
        """
        if self.device.type not in FAR or not _is_batch(data):
            return super().cast_data(data)
        inputs, samples = data['inputs'], data['data_samples']
        rest = {key: value for key, value in data.items() if key not in ('inputs', 'data_samples')}
        return dict(super().cast_data(rest), inputs=move_together(inputs, self.device),
                    data_samples=move_samples(samples, self.device))


def _is_batch(data: Any) -> bool:
    kinds = (('inputs', Tensor), ('data_samples', BaseDataElement))
    return isinstance(data, Mapping) and all(
        isinstance(data.get(name), list) and data[name] and all(isinstance(item, kind) for item in data[name])
        for name, kind in kinds)
