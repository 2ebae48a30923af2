"""FDPs of a few thousand weights, with every kind of layer that the configs have, filled with random statistics."""

from __future__ import annotations

from pathlib import Path

import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from fdp_mmaction.registry import MODELS

MODELS_FOLDER = Path(__file__).resolve().parents[1] / 'configs/_base_/models'
SIZE, FRAMES = 32, 8
WIDTHS = {
    'fdp_released': dict(stem_channels=(8, 4, 8, 8), stage_channels=(8, 12), num_local=(2, 1), num_global=(0, 0),
                         global_channels=(16, 16), attention_pool=(2, 1), map_size=SIZE),
    'fdp': dict(stem_channels=(8, 4, 8, 8), stage_channels=(8, 12), num_local=(1, 1), num_global=(1, 1),
                global_channels=(16, 16), attention_pool=(2, 1), map_size=SIZE, head_channels=4),
    'fdp_small': dict(stem_channels=(8, 4), stage_channels=(8,), global_channels=(16,)),
}
"""Narrow backbones of the base configs."""


def tiny_fdp(name: str, **options) -> dict:
    """Config of ``configs/_base_/models/<name>.py``, narrow and for frames of 32 pixels."""
    cfg = Config.fromfile(MODELS_FOLDER / f'{name}.py')
    cfg.model.backbone.update(WIDTHS[name])
    cfg.model.cls_head.update(map_size=SIZE, hidden_channels=16)
    cfg.model.aux_heads.dynamic_image.update(channels=(6, 8), depths=(2, 1))
    cfg.merge_from_dict({f'model.{key}': value for key, value in options.items()})
    return cfg.model


def settle(model: nn.Module) -> nn.Module:
    """Weights and statistics that matter, evaluation mode."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.weight.dim() > 1:
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, std=fan_in ** -0.5)
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
        elif getattr(module, 'bias', None) is not None:
            nn.init.normal_(module.bias, std=0.1)
    return model.eval()


def build(name: str, **options) -> nn.Module:
    """The model."""
    init_default_scope('mmaction')
    torch.manual_seed(0)
    return settle(MODELS.build(tiny_fdp(name, **options)))


def batch(size: int = 3) -> tuple[Tensor, list[ActionDataSample]]:
    """Normalised clips ``(N, 1, 1, T, H, W)`` and their targets."""
    generator = torch.Generator().manual_seed(1)
    samples = []
    for index in range(size):
        sample = ActionDataSample().set_gt_label(index % 5)
        sample.set_field(torch.rand(SIZE, SIZE, generator=generator), 'gt_dynamic_image')
        samples.append(sample)
    return torch.rand(size, 1, 1, FRAMES, SIZE, SIZE, generator=generator) * 2 - 1, samples
