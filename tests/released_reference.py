"""What the released FDP network was run with: parameters by rule, numbers in ``data/released_fdp_golden.npz``.

The rule fills element k (row by row) of the i-th tensor of the released state dict with
``offset + scale * (2 u(i, k) - 1)``, u a 32-bit hash in [0, 1); offsets, scales and the norm of each parameter's
gradient are in ``data/released_fdp_parameters.tsv``.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor, nn

from fdp_mmaction.models.released_fdp import released_entries

DATA = Path(__file__).parent / 'data'


def parameter_table() -> list[dict[str, str]]:
    """Rows of key, shape, offset, scale and gradient_l2, in the order of the released state dict."""
    with open(DATA / 'released_fdp_parameters.tsv', encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file, delimiter='\t'))


def table_shape(row: dict[str, str]) -> tuple[int, ...]:
    return tuple(int(size) for size in row['shape'].split('x') if size)


def golden() -> dict[str, np.ndarray]:
    with np.load(DATA / 'released_fdp_golden.npz') as arrays:
        return dict(arrays)


def mixed(index: int, count: int) -> np.ndarray:
    """u(index, 0..count) as float64 in [0, 1)."""
    x = np.arange(count, dtype=np.uint32)
    x += np.uint32(0x9E3779B9 * (index + 1) % 2 ** 32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x ^= x >> np.uint32(shift)
        x *= np.uint32(factor)
    x ^= x >> np.uint32(16)
    return x / 2.0 ** 32


def rule_tensor(index: int, row: dict[str, str]) -> Tensor:
    shape = table_shape(row)
    if row['key'].endswith('num_batches_tracked'):
        return torch.tensor(0)
    values = mixed(index, int(np.prod(shape)))
    values *= 2
    values -= 1
    values *= float(row['scale'])
    values += float(row['offset'])
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def fill(model: nn.Module, prefix: str = '') -> list[str]:
    """Fill what fits of a model (or of its part below ``prefix``) by the rule; the names that nothing fitted."""
    state = model.state_dict()
    rows = parameter_table()
    with torch.no_grad():
        for index, (entry, row) in enumerate(zip(released_entries(), rows)):
            target = state.get(entry.own[len(prefix):]) if entry.own.startswith(prefix) else None
            if target is not None and tuple(target.shape) == table_shape(row):
                target.copy_(rule_tensor(index, row))
                del state[entry.own[len(prefix):]]
    return list(state)


def reference_batch(numbers: dict[str, np.ndarray]) -> tuple[Tensor, list[ActionDataSample]]:
    """The clips as the reference saw them, ``(2, 1, 1, 8, 64, 64)`` in [-1, 1], with labels and targets."""
    clips = torch.from_numpy(numbers['clips']).float() / 127.5 - 1
    samples = []
    for label, target in zip(numbers['labels'], numbers['target']):
        sample = ActionDataSample().set_gt_label(int(label))
        sample.set_field(torch.from_numpy(target).float() / 255, 'gt_dynamic_image')
        samples.append(sample)
    return clips[:, None, None], samples
