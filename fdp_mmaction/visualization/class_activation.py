"""Where a model sees the evidence for a class: class activation maps (CAM) on any layer with maps.

``'grad-cam'`` (Selvaraju et al., ICCV 2017): maps of a layer, weighted by the mean gradient of the class score on each.

``'motion'`` compares the clip with a still one, its first frame throughout. Between them the layer's maps A go in a
straight line from those of the still clip, A0, and ``(A - A0)`` times the mean gradient along the line is what each
place adds to the score (integrated gradients, Sundararajan et al., ICML 2017, at a layer). Everything adds up to the
score of the clip minus that of the still one, if all that the class sees passes the layer and nothing behind it jumps,
as the choice of neighbours in MOL's graph does. An ME is all change, and what a face looks like in all frames alike,
which Grad-CAM shows as well, drops out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fdp_mmaction.errors import DatasetError
from .spatial_layers import SpatialLayer

METHODS = ('motion', 'grad-cam')
STEPS = 16
"""Points on the line from the still clip to the clip."""


@dataclass(frozen=True)
class ClassActivation:
    """The evidence for a class.

    Args:
        maps (Tensor): ``(T, h, w)`` of the frames, or ``(1, h, w)`` of the clip. Above 0 for the class, below against
            it.
        per_frame (bool): Whether there is a map for every frame.
    """

    maps: Tensor
    per_frame: bool


def class_activation(model: nn.Module, inputs: Tensor, target: int, layer: SpatialLayer, method: str = 'motion',
                     steps: int = STEPS) -> ClassActivation:
    """The evidence for a class at a layer.

    Args:
        model (nn.Module): A recognizer in evaluation mode.
        inputs (Tensor): ``(1, 1, 1, T, H, W)``, one clip, normalised.
        target (int): Label of the class.
        layer (SpatialLayer): From :func:`~fdp_mmaction.visualization.spatial_layers.spatial_layers`.
        method (str): ``'motion'`` or ``'grad-cam'``, as above. Defaults to ``'motion'``.
        steps (int): Points on the line, of ``'motion'``. Defaults to 16.

    Returns:
        ClassActivation: With its sign; Grad-CAM is usually shown where it is above 0.

    Raises:
        ValueError: If the method is unknown.
        DatasetError: If the score of the class does not depend on the layer.
    """
    if method not in METHODS:
        raise ValueError(f'Evidence is found by {" or ".join(METHODS)}; got {method!r}.')
    values = _output(model, inputs, layer.name)
    if method == 'grad-cam':
        gradient = layer.as_maps(_gradient(model, inputs, target, layer.name, values))
        maps = (layer.as_maps(values) * gradient.mean(dim=(2, 3), keepdim=True)).sum(dim=1)
    else:
        still = _output(model, inputs[:, :, :, :1].expand_as(inputs), layer.name)
        total = torch.zeros_like(values)
        for step in range(steps):
            share = (step + 0.5) / steps
            total += _gradient(model, inputs, target, layer.name, still + share * (values - still))
        maps = layer.as_maps((values - still) * total / steps).sum(dim=1)
    per_frame = layer.time is not None
    return ClassActivation(maps if per_frame else maps.sum(dim=0, keepdim=True), per_frame)


@torch.no_grad()
def _output(model: nn.Module, inputs: Tensor, name: str) -> Tensor:
    kept: list[Tensor] = []
    # A copy, because the next layer may work in place
    _run(model, inputs, name, lambda module, args, output: kept.append(output.clone()))
    return kept[0]


def _gradient(model: nn.Module, inputs: Tensor, target: int, name: str, values: Tensor) -> Tensor:
    """Gradient of a class score on a layer's output, where the output has the given values."""
    leaf = values.detach().clone().requires_grad_()
    with torch.enable_grad():
        logits = _run(model, inputs, name, lambda module, args, output: leaf.clone())
        gradient, = torch.autograd.grad(logits[:, target].sum(), leaf, allow_unused=True)
    if gradient is None:
        raise DatasetError(f'The class does not depend on what {name} puts out, so it shows no evidence: name another '
                           'layer.')
    return gradient


def _run(model: nn.Module, inputs: Tensor, name: str, hook: Callable[..., Any]) -> Tensor:
    handle = model.get_submodule(name).register_forward_hook(hook)
    try:
        return model.extract_feat(inputs, stage='head')[0].float()
    finally:
        handle.remove()
