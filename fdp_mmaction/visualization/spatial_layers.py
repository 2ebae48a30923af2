"""Layers of a model whose outputs are maps of the face, found by running it once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.models import F5CNet, LGFATransformer
from fdp_mmaction.models.layers import PooledFrameMap

PARTS = ('backbone', 'neck', 'cls_head')
"""What lies before the class; auxiliary heads do not."""
_DEPTH = 4      # of names that are listed: backbone.stages.2.3 is, backbone.stages.2.3.mlp.expand is not


@dataclass(frozen=True)
class SpatialLayer:
    """A layer with maps.

    Args:
        name (str): Its name in the model, such as ``'backbone.stages.0'``.
        time (int | None): Axis of its output along which the frames lie: 0 of ``(T, C, h, w)``, 2 of
            ``(1, C, T, h, w)``; None of one stack of maps per clip, ``(1, C, h, w)`` or ``(1, C, h, w, t)``.
        side (int): Height of the maps.
    """

    name: str
    time: int | None
    side: int

    def as_maps(self, values: Tensor) -> Tensor:
        """Values of the layer as ``(P, C, h, w)``: P is T of frames, 1 of a clip, or the t steps left of its time."""
        if values.dim() == 4:
            return values
        return values[0].movedim(1 if self.time == 2 else 3, 0)


@torch.no_grad()
def spatial_layers(model: nn.Module, inputs: Tensor) -> dict[str, SpatialLayer]:
    """All layers before the class that make maps whose places are places of the face.

    Behind a :class:`~fdp_mmaction.models.layers.PooledFrameMap`, which draws its map from averages over all places,
    and behind a neck that interleaves time and space, there are none.

    Args:
        model (nn.Module): A recognizer in evaluation mode.
        inputs (Tensor): ``(1, 1, 1, T, H, W)``, one clip, normalised.

    Returns:
        dict[str, SpatialLayer]: By name, in the order in which they run.
    """
    frames, found, calls = inputs.size(3), {}, {}

    def remember(name: str) -> Any:
        def hook(module: nn.Module, args: tuple, output: Any) -> None:
            calls[name] = calls.get(name, 0) + 1
            layer = _spatial(name, output, frames)
            if layer is not None:
                found[name] = layer
        return hook

    handles = [module.register_forward_hook(remember(name)) for name, module in model.named_modules()
               if name.split('.')[0] in PARTS]
    try:
        model.extract_feat(inputs, stage='head')
    finally:
        for handle in handles:
            handle.remove()
    return {name: layer for name, layer in found.items() if calls[name] == 1 and not _off_the_face(model, name)}


def _spatial(name: str, output: Any, frames: int) -> SpatialLayer | None:
    if not isinstance(output, Tensor) or output.dim() not in (4, 5):
        return None
    first, _, third, fourth = output.shape[:4]
    if output.dim() == 5:
        if first == 1 and third == frames and fourth == output.size(4) > 1:
            return SpatialLayer(name, 2, fourth)
        return SpatialLayer(name, None, third) if first == 1 and third == fourth > 1 else None
    if third != fourth or third < 2 or first not in (1, frames):
        return None
    return SpatialLayer(name, 0 if first == frames else None, third)


def _off_the_face(model: nn.Module, name: str) -> bool:
    drawn = isinstance(getattr(model.backbone, 'frame_map', None), PooledFrameMap)
    if drawn and name in ('backbone', 'backbone.frame_map'):
        return True
    return name.split('.')[0] != 'backbone' and (drawn or getattr(getattr(model, 'neck', None), 'interleave', False))


def default_layer(model: nn.Module) -> str:
    """The last layer of the backbone that keeps one stack of maps per frame.

    Args:
        model (nn.Module): FDP or MOL.

    Returns:
        str: The last stage of FDP's transformer, the block of MOL's network.

    Raises:
        DatasetError: If it has another backbone.
    """
    if isinstance(model.backbone, LGFATransformer):
        return f'backbone.stages.{len(model.backbone.stages) - 1}'
    if isinstance(model.backbone, F5CNet) and len(model.backbone.blocks) == 1:
        return 'backbone.blocks.0'
    raise DatasetError(f'No layer is known to be the best of a {type(model.backbone).__name__} like this one: name one '
                       'with --layer.')


def find_layer(layers: Mapping[str, SpatialLayer], name: str) -> SpatialLayer:
    """A layer by its name.

    Args:
        layers (Mapping[str, SpatialLayer]): From :func:`spatial_layers`.
        name (str): Its name.

    Returns:
        SpatialLayer: The layer.

    Raises:
        DatasetError: If there is no such layer, or it makes no maps of the face; the sentence lists those that do.
    """
    if name in layers:
        return layers[name]
    near = difflib.get_close_matches(name, layers, n=1, cutoff=0.6)
    hint = f'; did you mean {near[0]}?' if near else '.'
    listed = [layer for layer in layers if layer.count('.') < _DEPTH]
    more = f' and {len(layers) - len(listed)} inside of these' if len(layers) > len(listed) else ''
    raise DatasetError(f'{name} is no layer that makes maps of the face; these do: {", ".join(listed)}{more}{hint}')
