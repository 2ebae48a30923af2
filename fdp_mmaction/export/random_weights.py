"""Random weights whose outputs are worth comparing."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import nn


@torch.no_grad()
def settle_statistics(model: nn.Module, clips: np.ndarray) -> None:
    """Give batch normalisation the statistics of some clips, as training would.

    Without, the values of an untrained deep network fade from layer to layer until frames differ by rounding alone.

    Args:
        model (nn.Module): A recognizer, in evaluation mode; changed in place.
        clips (np.ndarray): ``(N, T, H, W)`` uint8.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0                                     # these clips alone
    data = dict(inputs=[clip[None, None] for clip in torch.from_numpy(clips)],
                data_samples=[ActionDataSample() for _ in clips])
    model.predict(**model.data_preprocessor(data, training=False))
    for norm, momentum in zip(norms, usual):
        norm.eval()
        norm.momentum = momentum
