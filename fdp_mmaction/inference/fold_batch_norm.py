"""Batch normalisation folded into the weights beside it.

In evaluation mode batch normalisation is a scale and a shift of each channel. Behind a convolution both go into the
convolution's own weights and bias; before a pointwise or a linear layer they go into that layer's. Nothing is left to
compute then. In front of a convolution that pads with zeros it cannot be done: the zeros are not shifted.

Which layer hands its result to which is known only for the modules listed here; the order in which layers are
registered does not tell it (a residual connection may lie between). So nothing else is touched.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fdp_mmaction.models.backbones import F5CNet
from fdp_mmaction.models.layers import (GlobalCircularConvolution, GlobalRelationalAggregator,
                                        LocalRelationalAggregator, PatchEmbedding, PooledFrameMap, SpatialFrameMap)
from fdp_mmaction.models.necks import RankPooling

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)

_BEHIND = {PatchEmbedding: [('projection', 'norm')], RankPooling: [('convolution', 'norm')]}
"""Of each class: a convolution, and the batch normalisation that alone takes its result."""

_AHEAD = {
    LocalRelationalAggregator: [('norm', ['mlp.expand'])],
    # keys and values are averages over windows, which a scale and a shift pass through
    GlobalRelationalAggregator: [('attention_norm', ['attention.query', 'attention.key_value']),
                                 ('norm', ['mlp.expand'])],
    PooledFrameMap: [('norm', ['linear'])],      # through the average over all positions
    SpatialFrameMap: [('norm', ['tiles'])],
}
"""Of each class: a batch normalisation, and the pointwise or linear layers that alone take its result."""


def fold_batch_norm(model: nn.Module) -> nn.Module:
    """A copy of a model that predicts the same with fewer steps.

    All batch normalisation of FDP and MOL goes, but for that of the rank pooling, which a padded convolution follows;
    so does that of every ``ConvModule`` and ``nn.Sequential`` of other models, where the order permits. In exact
    arithmetic nothing changes. Rounding does, and it may decide between equals: a dynamic image is unpooled to the
    place of each largest value, so a tie in flat parts moves some pixels, as channels last or another batch size does;
    and a tie between similar channels may change a neighbour in MOL's graph.

    Args:
        model (nn.Module): With its trained weights; stays as it is.

    Returns:
        nn.Module: In evaluation mode, without gradients, with weights of its own. Its state dict is not that of the
        model, so save the model, not the copy.
    """
    folded = copy.deepcopy(model).eval().requires_grad_(False)
    for module in list(folded.modules()):
        for convolution, norm in _norms_behind(module):
            _fold_behind(module, convolution, norm)
        for norm, layers in _norms_ahead(module):
            _fold_ahead(module, norm, layers)
        if type(module) is F5CNet:
            for layer in module.modules():
                if type(layer) is GlobalCircularConvolution and _is_norm(layer.norm):
                    _fold_circular(layer, module.map_size)
    return folded


def _is_norm(module: nn.Module | None) -> bool:
    return isinstance(module, _BatchNorm) and module.running_mean is not None and module.running_var is not None


def _neighbours(module: nn.Module) -> list[tuple[str, str]]:
    """Names of the pairs of children of which the second takes the result of the first, in a plain sequence."""
    if not isinstance(module, nn.Sequential) or type(module).forward is not nn.Sequential.forward:
        return []
    names = list(module._modules)
    return list(zip(names, names[1:]))


def _norms_behind(module: nn.Module) -> Iterator[tuple[str, str]]:
    pairs = _neighbours(module) + _BEHIND.get(type(module), [])
    if type(module) is ConvModule and module.with_norm and 'conv' in module.order:
        order = module.order
        if order.index('norm') == order.index('conv') + 1:
            pairs.append(('conv', module.norm_name))
    for convolution, norm in pairs:
        layer = getattr(module, convolution)
        plain = isinstance(layer, _CONVOLUTIONS) or isinstance(layer, _TRANSPOSED) and layer.groups == 1
        if plain and _is_norm(getattr(module, norm)):
            yield convolution, norm


def _norms_ahead(module: nn.Module) -> Iterator[tuple[str, list[str]]]:
    pairs = [(norm, [layer]) for norm, layer in _neighbours(module)
             if isinstance(getattr(module, layer), _CONVOLUTIONS)] + _AHEAD.get(type(module), [])
    for norm, layers in pairs:
        if _is_norm(getattr(module, norm)) and all(_mixes_channels_only(module.get_submodule(name)) for name in layers):
            yield norm, layers


def _mixes_channels_only(layer: nn.Module) -> bool:
    """Whether every output is a sum over the channels of one position, nothing padded."""
    return isinstance(layer, nn.Linear) or isinstance(layer, _CONVOLUTIONS) and layer.groups == 1 and \
        set(layer.kernel_size) == {1} and (layer.padding == 'valid' or set(layer.padding) == {0})


def _fold_behind(module: nn.Module, convolution: str, norm: str) -> None:
    layer = getattr(module, convolution)
    setattr(module, convolution, fuse_conv_bn_eval(layer, getattr(module, norm), isinstance(layer, _TRANSPOSED)))
    setattr(module, norm, nn.Identity())
    if isinstance(module, ConvModule):
        module.efficient_conv_bn_eval_forward = None      # else it would look for the statistics


def _fold_ahead(module: nn.Module, norm: str, layers: list[str]) -> None:
    scale, shift = _scale_and_shift(getattr(module, norm))
    for name in layers:
        layer = copy.deepcopy(module.get_submodule(name))      # it may be used elsewhere as well
        matrix = layer.weight.double().flatten(1)                                       # (C_out, C_in)
        bias = matrix @ shift if layer.bias is None else layer.bias.double() + matrix @ shift
        weight = layer.weight.double() * scale.view(1, -1, *[1] * (layer.weight.dim() - 2))
        layer.weight, layer.bias = (nn.Parameter(value.to(layer.weight.dtype), requires_grad=False)
                                    for value in (weight, bias))
        owner, _, own = name.rpartition('.')
        setattr(module.get_submodule(owner), own, layer)
    setattr(module, norm, nn.Identity())


def _fold_circular(layer: GlobalCircularConvolution, length: int) -> None:
    """The sum of a kernel is what a closed line of ones becomes; the kernel is cut to the line's length."""
    scale, shift = _scale_and_shift(layer.norm)
    kernel = layer.kernel.double()
    bias = layer.bias.double() + shift * kernel[:, :length].sum(dim=1)
    layer.bias = nn.Parameter(bias.to(layer.bias.dtype), requires_grad=False)
    layer.kernel = nn.Parameter((kernel * scale.unsqueeze(1)).to(layer.kernel.dtype), requires_grad=False)
    layer.norm = nn.Identity()


def _scale_and_shift(norm: _BatchNorm) -> tuple[Tensor, Tensor]:
    """What it does in evaluation mode: ``scale * x + shift``, both ``(C,)`` float64."""
    scale = torch.rsqrt(norm.running_var.double() + norm.eps)
    scale = scale if norm.weight is None else scale * norm.weight.double()
    shift = -norm.running_mean.double() * scale
    return scale, shift if norm.bias is None else shift + norm.bias.double()
