"""What the released MOL network was run with: parameters by rule, numbers in ``data/released_mol_golden.npz``.

The rule is that of :mod:`released_reference`; offsets, scales and the norm of each parameter's gradient are in
``data/released_mol_parameters.tsv``.
"""

from __future__ import annotations

import csv

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from released_reference import DATA, mixed, rule_tensor
from torch import Tensor, nn

from fdp_mmaction.models.released_mol import released_entries


def parameter_table() -> list[dict[str, str]]:
    """Rows of key, shape, offset, scale and gradient_l2, in the order of the released state dict."""
    with open(DATA / 'released_mol_parameters.tsv', encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file, delimiter='\t'))


def golden() -> dict[str, np.ndarray]:
    with np.load(DATA / 'released_mol_golden.npz') as arrays:
        return dict(arrays)


def fill(model: nn.Module, prefix: str = '') -> list[str]:
    """Fill what fits of a model (or of its part below ``prefix``) by the rule; the names that nothing fitted."""
    state = model.state_dict()
    with torch.no_grad():
        for index, (entry, row) in enumerate(zip(released_entries(), parameter_table())):
            target = state.get(entry.own[len(prefix):]) if entry.own.startswith(prefix) else None
            if target is not None and tuple(target.shape) == (entry.own_shape or entry.shape):
                target.copy_(rule_tensor(index, row).reshape(target.shape))
                del state[entry.own[len(prefix):]]
    return list(state)


def reference_clip(numbers: dict[str, np.ndarray]) -> Tensor:
    """The clip as the reference saw it, ``(1, 1, 8, 128, 128)`` in [-1, 1]."""
    return torch.from_numpy(numbers['clip'])[None, None].float() / 127.5 - 1


def reference_sample(numbers: dict[str, np.ndarray]) -> ActionDataSample:
    """Its label and targets: flow ``(7, 2, 128, 128)`` and landmarks ``(8, 68, 2)`` by the rule."""
    flow = (2 * mixed(8301, 2 * 7 * 128 * 128) - 1).astype(np.float32).reshape(2, 7, 128, 128)
    points = (100 * mixed(8300, 136 * 8)).astype(np.float32).reshape(68, 2, 8)
    sample = ActionDataSample().set_gt_label(int(numbers['label']))
    sample.set_field(torch.from_numpy(flow).transpose(0, 1).contiguous(), 'gt_flow')
    sample.set_field(torch.from_numpy(points).permute(2, 0, 1).contiguous(), 'gt_landmarks')
    return sample


def as_flow(released: np.ndarray) -> np.ndarray:
    """Released ``(N, 2, H, W, T - 1)`` -> ours ``(N, T - 1, 2, H, W)``."""
    return np.moveaxis(released, -1, 1)


def as_landmarks(released: np.ndarray) -> np.ndarray:
    """Released ``(N, 136, T)``, x and y in turn -> ours ``(N, T, 68, 2)``."""
    return np.moveaxis(released, -1, 1).reshape(len(released), -1, 68, 2)
