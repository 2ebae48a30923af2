"""Between data samples and batches: targets of all clips in one tensor, predictions back onto their samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fdp_mmaction.errors import DatasetError


def stack_targets(data_samples: Sequence, name: str, shape: Sequence[int], like: Tensor) -> Tensor:
    """Targets of all clips of a batch.

    Args:
        data_samples (Sequence[ActionDataSample]): N samples with the field ``name``: ``shape`` for one clip, or the
            same with the clips of an ME stacked in front, as an axis of its own or along the first.
        name (str): ``'gt_flow'``, ``'gt_landmarks'``, ...
        shape (Sequence[int]): Shape of one clip's target.
        like (Tensor): ``(M, ...)`` predictions of the M clips, for device and precision.

    Returns:
        Tensor: ``(M, *shape)``.

    Raises:
        DatasetError: If a sample lacks the target, or it does not fit the clips.
    """
    size, clips = torch.Size(shape).numel(), len(like) // len(data_samples)
    targets = []
    for sample in data_samples:
        target, who = sample.get(name), sample.get('sample_id', 'A sample')
        if target is None:
            raise DatasetError(f'{who}: there is no {name}, which an auxiliary head learns: add it to the pipeline, or '
                               'leave the head out of the model.')
        if tuple(target.shape[-len(shape) + 1:]) != tuple(shape[1:]) or target.numel() != clips * size:
            raise DatasetError(f'{who}: {name} has shape {tuple(target.shape)}, but {clips} clip(s) of {tuple(shape)} '
                               'are predicted: let the pipeline sample and resize as the model was built for.')
        targets.append(target.to(like))
    return torch.stack(targets).reshape(-1, *shape)


def set_predictions(data_samples: Sequence, name: str, values: Tensor) -> list:
    """Hand predictions of clips to the samples they are of.

    Args:
        data_samples (Sequence[ActionDataSample]): N samples.
        name (str): Field to set.
        values (Tensor): ``(N * num_clips, ...)``.

    Returns:
        list[ActionDataSample]: The samples with ``(...)``, or ``(num_clips, ...)`` where there are several clips.
    """
    values = values.unflatten(0, (len(data_samples), -1))
    for sample, clips in zip(data_samples, values.squeeze(1) if values.size(1) == 1 else values):
        sample.set_field(clips, name)
    return list(data_samples)
