"""Batch normalisation in the weights beside it: the same results, and nothing folded that must not be."""

from __future__ import annotations

import pytest
import tiny_fdp
import tiny_mol
import torch
from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

import fdp_mmaction  # noqa: F401
from fdp_mmaction.inference import fold_batch_norm


def left(model: nn.Module) -> list[str]:
    return [name for name, module in model.named_modules() if isinstance(module, _BatchNorm)]


def results(model: nn.Module, clips: torch.Tensor) -> dict[str, torch.Tensor]:
    features = model.backbone(clips)
    found = {'maps': features}
    if model.with_neck:
        features, _ = model.neck(features)
    found['class'] = model.cls_head(features)
    for name, head in model.aux_heads.items():
        found[name] = head(features, clips) if getattr(head, 'needs_frames', False) else head(features)
    return found


MODELS = {
    'fdp': (lambda: tiny_fdp.build('fdp'), ['neck.norm']),
    'fdp_small': (lambda: tiny_fdp.build('fdp_small'), ['neck.norm']),
    'fdp_released': (lambda: tiny_fdp.build('fdp_released'), []),
    '3-D convolution, normalised': (lambda: tiny_fdp.build('fdp_released', **{'neck.normalise': True}), []),
    'convolutions in the class head': (lambda: tiny_fdp.build('fdp', **{'cls_head.conv_channels': (4,)}),
                                       ['neck.norm']),
    'mol': (lambda: tiny_mol.build(), []),
    'mol_released': (lambda: tiny_mol.build(True), ['backbone.blocks.0.fcc.feed_forward.0']),
}


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('name', MODELS)
def test_the_same_results(name, dtype):
    make, remaining = MODELS[name]
    model = make().to(dtype)
    clips = (torch.rand(2, 1, tiny_mol.FRAMES if 'mol' in name else 8, 32, 32) * 2 - 1).to(dtype)
    kept = {key: value.clone() for key, value in model.state_dict().items()}
    folded = fold_batch_norm(model)
    with torch.no_grad():
        expected, found = results(model, clips), results(folded, clips)
    assert len(left(model)) > 5 and set(left(folded)) <= set(remaining)
    for key, value in found.items():
        wrong = (value - expected[key]).abs() > 1e-5 * expected[key].abs().max()
        # in float32 a tie in max-pooling may be decided otherwise, which moves pixels
        assert wrong.double().mean() <= (0.02 if key == 'dynamic_image' and dtype == torch.float32 else 0), key
    assert not folded.training and not any(weight.requires_grad for weight in folded.parameters())
    assert all(torch.equal(kept[key], value) for key, value in model.state_dict().items())
    assert any(weight.requires_grad for weight in model.parameters())


def test_predictions_and_memory_order():
    model = tiny_fdp.build('fdp_small')
    folded = fold_batch_norm(model.train())
    assert model.training
    inputs, samples = tiny_fdp.batch(2)
    a, b = (net(inputs, [sample.clone() for sample in samples], mode='predict') for net in (model.eval(), folded))
    for one, other in zip(a, b):
        for key in ('pred_score', 'pred_rank_scores'):
            torch.testing.assert_close(one.get(key), other.get(key), atol=1e-5, rtol=1e-5)
    dense = [weight for weight in folded.backbone.parameters() if weight.dim() == 4 and min(weight.shape) > 1]
    assert dense and all(weight.is_contiguous(memory_format=torch.channels_last) for weight in dense)


class Residual(nn.Module):
    """Registered one after the other, but the sum lies between."""

    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x):
        return self.norm(x + self.convolution(x))


class Reversed(nn.Sequential):
    def forward(self, x):
        for layer in reversed(self):
            x = layer(x)
        return x


def sequence(*layers):
    return nn.Sequential(*layers)


OTHERS = {
    'convolution': (lambda: sequence(nn.Conv2d(4, 6, 3, bias=False), nn.BatchNorm2d(6)), 0),
    'grouped': (lambda: sequence(nn.Conv2d(4, 8, 3, groups=2), nn.BatchNorm2d(8)), 0),
    'transposed': (lambda: sequence(nn.ConvTranspose2d(4, 6, 4, stride=2), nn.BatchNorm2d(6)), 0),
    'without weights': (lambda: sequence(nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6, affine=False)), 0),
    'before a pointwise one': (lambda: sequence(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1, stride=2, bias=False)), 0),
    'ConvModule': (lambda: ConvModule(4, 6, 3, norm_cfg=dict(type='BN'), efficient_conv_bn_eval=True), 0),
    'ConvModule, norm first': (lambda: ConvModule(4, 6, 3, norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act')), 1),
    'transposed in groups': (lambda: sequence(nn.ConvTranspose2d(4, 6, 2, groups=2), nn.BatchNorm2d(6)), 1),
    'ReLU between': (lambda: sequence(nn.Conv2d(4, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)), 1),
    'before a padded one': (lambda: sequence(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1, padding=1)), 1),
    'before a wide one': (lambda: sequence(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3)), 1),
    'before a grouped one': (lambda: sequence(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1, groups=2)), 1),
    'no statistics': (lambda: sequence(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)), 1),
    'a sum between': (Residual, 1),
    'another order': (lambda: Reversed(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)), 1),
}


@pytest.mark.parametrize('name', OTHERS)
def test_other_modules(name):
    make, remaining = OTHERS[name]
    torch.manual_seed(0)
    model = make().eval()
    for norm in (module for module in model.modules() if isinstance(module, _BatchNorm) and module.affine
                 and module.running_var is not None):
        for value, low, high in ((norm.running_mean, -1, 1), (norm.running_var, 0.5, 2), (norm.weight, -1, 1),
                                 (norm.bias, -1, 1)):
            nn.init.uniform_(value, low, high)
    folded, x = fold_batch_norm(model), torch.rand(2, 4, 8, 8)
    assert len(left(folded)) == remaining and len(left(model)) == 1
    with torch.no_grad():
        torch.testing.assert_close(folded(x), model(x), atol=1e-5, rtol=1e-5)


def test_a_layer_used_twice_is_folded_where_it_is_followed():
    layer, norm = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
    nn.init.constant_(norm.running_var, 4.0)
    model = nn.ModuleList([sequence(layer, norm), sequence(norm, layer), sequence(layer, nn.ReLU(), norm)]).eval()
    folded, x = fold_batch_norm(model), torch.rand(2, 4, 3, 3)
    assert len(left(folded)) == 1
    with torch.no_grad():
        for ours, theirs in zip(folded, model):
            torch.testing.assert_close(ours(x), theirs(x), atol=1e-6, rtol=1e-5)
