"""Weights as a CPU's convolutions want them, converted once instead of in every call.

A float32 model under ``torch.autocast`` rounds its weights to bfloat16 in every call, and oneDNN, which computes
PyTorch's convolutions on CPUs, brings them into an order of its own in every call. For one clip that takes longer
than the convolutions themselves. Both are done here beforehand, by the operators that ``torch.compile`` uses for it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .fold_batch_norm import fold_batch_norm

_ROUNDED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class PackedConv2d(nn.Module):
    """A 2-D convolution with its weights in oneDNN's order; the order is chosen for the first input.

    Args:
        convolution (nn.Conv2d): Padded with zeros, if at all, by numbers. The type of its weights is computed in.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        dtype, bias = convolution.weight.dtype, convolution.bias
        self.weight = nn.Parameter(convolution.weight.detach(), requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias.detach().to(dtype), requires_grad=False)
        self.geometry = ([*convolution.padding], [*convolution.stride], [*convolution.dilation], convolution.groups)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C_in, H, W)`` of any floating type -> ``(N, C_out, H', W')`` of the type of the weights."""
        x = x.to(self.weight.dtype)
        if self.weight.layout == torch.strided:
            packed = torch.ops.mkldnn._reorder_convolution_weight(self.weight, *self.geometry, list(x.shape))
            self.weight = nn.Parameter(packed, requires_grad=False)
        return torch.ops.mkldnn._convolution_pointwise(x, self.weight, self.bias, *self.geometry, 'none', [], '')


def pack_for_cpu(model: nn.Module, dtype: torch.dtype = torch.bfloat16) -> nn.Module:
    """A copy of a model for predictions on a CPU: batch normalisation folded, weights rounded and in order beforehand.

    Call it under ``torch.autocast('cpu', dtype=torch.bfloat16)`` if ``dtype`` is bfloat16: what it then predicts is
    what :func:`~fdp_mmaction.inference.fold_batch_norm` of the model predicts there. Without oneDNN, weights are
    rounded alone.

    Args:
        model (nn.Module): On the CPU, with its trained weights; stays as it is.
        dtype (torch.dtype): Of the weights of convolutions and linear layers: ``torch.bfloat16`` or
            ``torch.float32``. Defaults to ``torch.bfloat16``.

    Returns:
        nn.Module: In evaluation mode, for predictions alone: it cannot be trained, saved or moved to a GPU.

    Raises:
        ValueError: If ``dtype`` is another, or the model is not on the CPU.
    """
    if dtype not in (torch.bfloat16, torch.float32):
        raise ValueError(f'pack_for_cpu takes torch.bfloat16 or torch.float32; got {dtype}.')
    if any(weight.device.type != 'cpu' for weight in model.parameters()):
        raise ValueError('pack_for_cpu takes a model on the CPU: move it there first.')
    packed = fold_batch_norm(model)
    for module in list(packed.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, _ROUNDED):
                layer.to(dtype)
            if _can_be_packed(layer):
                setattr(module, name, PackedConv2d(layer))
    return packed


def _can_be_packed(layer: nn.Module) -> bool:
    return (isinstance(layer, nn.Conv2d) and layer.padding_mode == 'zeros' and not isinstance(layer.padding, str)
            and torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, '_reorder_convolution_weight'))
