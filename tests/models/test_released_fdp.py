"""The released FDP network, number for number: our components with the released options, filled with its parameters."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from released_reference import (fill, golden, mixed, parameter_table, reference_batch, rule_tensor,
                                table_shape)
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import DynamicImageHead, LGFATransformer, MERHead, RankPooling
from fdp_mmaction.models.released_fdp import KeyMismatchError, convert_released, find_state_dict, released_entries
from fdp_mmaction.registry import MODELS

TOLERANCE = 1e-4      # of the largest value; measured: 1e-6
REPO = Path(__file__).resolve().parents[2]


def off(ours, reference) -> float:
    """Largest deviation, relative to the largest value of the reference; infinite where shapes differ."""
    ours = ours.detach().numpy() if isinstance(ours, torch.Tensor) else np.asarray(ours)
    if ours.shape != reference.shape:
        return float('inf')
    return float(np.abs(ours - reference).max() / np.abs(reference).max())


@pytest.fixture(scope='module')
def numbers():
    return golden()


@pytest.fixture(scope='module')
def model_config():
    init_default_scope('mmaction')
    return Config.fromfile(REPO / 'configs/fdp_released_casme2.py').model


@pytest.fixture(scope='module')
def model(model_config):
    """The model of the config, every parameter and buffer filled by the rule, evaluation mode."""
    model = MODELS.build(model_config)
    assert fill(model) == []
    return model.eval()


# --------------------------------------------------------------------------- names
def test_the_rule_of_the_reference_numbers():
    np.testing.assert_allclose(2 * mixed(0, 4) - 1, [0.146795154, 0.17678754, 0.408267468, 0.855525851], atol=1e-8)
    np.testing.assert_allclose(0.25 + 0.5 * mixed(174, 4), [0.452274382, 0.438025117, 0.690321207, 0.687133908],
                               atol=1e-8)


def test_table_is_that_of_the_released_state_dict():
    assert [(entry.released, entry.shape) for entry in released_entries()] == [
        (row['key'], table_shape(row)) for row in parameter_table()]


def test_table_is_that_of_our_model(model):
    """Even the order agrees."""
    ours = [(key, tuple(value.shape)) for key, value in model.state_dict().items()]
    assert ours == [(entry.own, entry.shape) for entry in released_entries()]
    assert len(ours) == 438


# --------------------------------------------------------------------------- parity
def test_every_stage_agrees(model, numbers):
    clips, _ = reference_batch(numbers)
    with torch.no_grad():
        maps = model.backbone(clips.flatten(0, 1))
        feats, losses = model.neck(maps, data_samples=[None])
        images = model.aux_heads['dynamic_image'](feats).sigmoid()
        logits = model.cls_head(feats)
    assert losses == {}
    assert off(maps[:, 0].flatten(2), numbers['frame_features']) < TOLERANCE
    assert off(feats[0], numbers['conv3d_map_clip0']) < TOLERANCE
    assert off(logits, numbers['logits']) < TOLERANCE
    assert off(images[:, 0], numbers['dynamic_image']) < TOLERANCE


def test_losses_and_every_gradient_agree(model, numbers):
    model.zero_grad()
    losses = model.loss(*reference_batch(numbers))
    assert losses['loss_cls'].item() == pytest.approx(float(numbers['cross_entropy']), rel=TOLERANCE)
    assert losses['dynamic_image.loss_mse'].item() == pytest.approx(100 * float(numbers['mean_squared_error']),
                                                                    rel=TOLERANCE)
    total, _ = model.parse_losses(losses)
    assert total.item() == pytest.approx(float(numbers['total']), rel=TOLERANCE)
    total.backward()
    norms = {name: parameter.grad.double().norm().item() for name, parameter in model.named_parameters()}
    expected = {entry.own: float(row['gradient_l2']) for entry, row in zip(released_entries(), parameter_table())
                if row['gradient_l2']}
    assert len(expected) == 276 and norms == pytest.approx(expected, rel=TOLERANCE)


def test_drop_path_and_initialisation_are_the_released_ones(model_config):
    model = MODELS.build(model_config)
    model.init_weights()
    rates = [block.drop_path.drop_prob for stage in model.backbone.stages for block in stage]
    np.testing.assert_allclose(rates, np.linspace(0, 0.1, 20), atol=1e-7)
    weights = [module.weight.detach() for module in model.backbone.modules()
               if isinstance(module, (nn.Conv2d, nn.Linear))]
    assert len(weights) == 4 + 20 * 3 + 4 + 1
    for weight in weights:
        assert weight.std().item() == pytest.approx(0.02, rel=0.15) and weight.abs().max() <= 2
        # truncation at 100 standard deviations turns the odd uniform number of exactly -1 into a weight of -2
        assert (weight.abs() > 0.15).sum() <= 3
    biases = [module.bias for module in model.backbone.modules() if getattr(module, 'bias', None) is not None]
    assert all((bias == 0).all() for bias in biases)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-5, 0.1)}
    assert model.neck.convolution.weight.std().item() == pytest.approx(72 ** -0.5 / 3 ** 0.5, rel=0.2)     # PyTorch's


# --------------------------------------------------------------------------- each option matters
def batch_norm_eps(module):
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.eps = 1e-3


BACKBONE = {
    'as released': dict(),
    'multi-head convolution': dict(dense_convolution=False),
    'global block': dict(num_global=(0, 0, 0, 1)),
    'spatial frame map': dict(frame_map='spatial'),
    'stem widths': dict(stem_channels=(64, 64, 64, 64)),
    'block fewer': dict(num_local=(3, 4, 9, 3)),
    'batch norm eps': batch_norm_eps,                        # deviates by 0.007, the others by 0.3 and more
    'batch statistics': nn.Module.train,
    'frames in [0, 1]': dict(),
}


@pytest.mark.parametrize('change', BACKBONE)
def test_backbone_options(change, model_config, numbers):
    torch.manual_seed(0)
    options = BACKBONE[change]
    settings = {key: value for key, value in model_config.backbone.items() if key != 'type'}
    backbone = LGFATransformer(**{**settings, **(options if isinstance(options, dict) else {})}).eval()
    fill(backbone, 'backbone.')
    if callable(options):
        options(backbone)
    clip = reference_batch(numbers)[0][0]
    if change == 'frames in [0, 1]':
        clip = (clip + 1) / 2
    with torch.no_grad():
        error = off(backbone(clip)[:, 0].flatten(2), numbers['frame_features'][:1])
    assert error < TOLERANCE if change == 'as released' else error > 10 * TOLERANCE, error


NECK = {
    'as released': dict(),
    'permuted, not viewed': dict(interleave=False),
    'approximate rank pooling': dict(interleave=False, mode='approximate'),
    'learned rank pooling': dict(interleave=False, mode='learned'),
    'mean': dict(interleave=False, mode='mean'),
    'batch norm': dict(normalise=True),
    'no bias': dict(),
    'time reversed': dict(),
}


@pytest.mark.parametrize('change', NECK)
def test_neck_options(change, model_config, numbers):
    torch.manual_seed(0)
    settings = {key: value for key, value in model_config.neck.items() if key != 'type'}
    neck = RankPooling(**{**settings, **NECK[change]})      # in training mode
    fill(neck, 'neck.')
    maps = torch.from_numpy(numbers['frame_features'][:1]).view(1, 1, 8, 64, 64)
    if change == 'no bias':
        nn.init.zeros_(neck.convolution.bias)
    if change == 'time reversed':
        maps = maps.flip(2)
    with torch.no_grad():
        error = off(neck(maps)[0][0], numbers['conv3d_map_clip0'])
    assert error < TOLERANCE if change == 'as released' else error > 100 * TOLERANCE, error


HEADS = {
    'as released': (MERHead, dict(), 'logits'),
    'pool': (MERHead, dict(pool=2), 'logits'),
    'width': (MERHead, dict(hidden_channels=128), 'logits'),
    'dynamic image as released': (DynamicImageHead, dict(), 'dynamic_image'),
    'depths': (DynamicImageHead, dict(depths=(2, 2, 2, 2, 2)), 'dynamic_image'),
    'channels': (DynamicImageHead, dict(channels=(64, 128, 256, 256, 512)), 'dynamic_image'),
    'eps': (DynamicImageHead, batch_norm_eps, 'dynamic_image'),
    'no sigmoid': (DynamicImageHead, dict(), 'dynamic_image'),
}


@pytest.mark.parametrize('change', HEADS)
def test_head_options(change, model_config, numbers):
    torch.manual_seed(0)
    kind, options, name = HEADS[change]
    mer = kind is MERHead
    settings = model_config.cls_head if mer else model_config.aux_heads.dynamic_image
    settings = {key: value for key, value in settings.items() if key != 'type'}
    head = kind(**{**settings, **(options if isinstance(options, dict) else {})}).eval()
    fill(head, 'cls_head.' if mer else 'aux_heads.dynamic_image.')
    if callable(options):
        options(head)
    with torch.no_grad():
        result = head(torch.from_numpy(numbers['conv3d_map_clip0'])[None])[0]
    if not mer:
        result = (result if change == 'no sigmoid' else result.sigmoid())[0]
    error = off(result, numbers[name][0])
    assert error < TOLERANCE if 'as released' in change else error > 10 * TOLERANCE, error


@pytest.mark.parametrize('change', ['class order', 'weight of the image'])
def test_loss_options(change, model, numbers):
    clips, samples = reference_batch(numbers)
    if change == 'class order':
        from fdp_mmaction.datasets import CASME2Dataset
        released, usual = (CASME2Dataset.PROTOCOLS[name] for name in ('5-class-released', '5-class'))
        for sample in samples:
            sample.set_gt_label(usual.label(released.classes[int(sample.gt_label)]))
    with torch.no_grad():
        losses = model.loss(clips, samples)
    if change == 'weight of the image':
        losses['dynamic_image.loss_mse'] /= model.aux_heads['dynamic_image'].loss_weight
    assert abs(model.parse_losses(losses)[0].item() / float(numbers['total']) - 1) > 100 * TOLERANCE


# --------------------------------------------------------------------------- conversion
@pytest.fixture(scope='module')
def released_weights():
    return OrderedDict((row['key'], rule_tensor(index, row)) for index, row in enumerate(parameter_table()))


def test_converted_weights_are_the_model(model, model_config, released_weights):
    converted = convert_released(released_weights)
    fresh = MODELS.build(model_config)
    fresh.load_state_dict(converted, strict=True)
    assert all(torch.equal(a, b) for a, b in zip(fresh.state_dict().values(), model.state_dict().values()))


def test_round_trip_is_exact(released_weights):
    back = convert_released(convert_released(released_weights), to_released=True)
    assert list(back) == list(released_weights)
    assert all(back[key] is released_weights[key] for key in back)


@pytest.fixture
def light():
    """The right names and shapes in a few bytes: each tensor repeats one value."""
    return OrderedDict((entry.released, torch.tensor(float(index)).expand(entry.shape))
                       for index, entry in enumerate(released_entries()))


@pytest.mark.parametrize('wrap', [
    lambda weights: weights, lambda weights: dict(state_dict=weights, epoch=3), lambda weights: dict(model=weights),
    lambda weights: dict(net=dict(state_dict=weights)),
    lambda weights: {f'module.{key}': value for key, value in weights.items()},
    lambda weights: dict(net={f'module.{key}': value for key, value in weights.items()}, lr=1e-4)])
def test_weights_are_found_in_what_people_save(wrap, light):
    found = find_state_dict(wrap(light))
    assert list(found) == list(light) and all(found[key] is light[key] for key in light)


@pytest.mark.parametrize('content', [None, 3, [], dict(), dict(epoch=3), dict(state_dict=dict(lr=1))])
def test_no_weights(content):
    with pytest.raises(ValueError, match='holds no weights'):
        find_state_dict(content)


def test_what_does_not_fit_is_listed(light):
    del light['mer.conv3d.bias']
    light['mer.conv3d.scale'] = torch.zeros(2)
    light['mer.fc1.weight'] = torch.zeros(3, 4)
    with pytest.raises(KeyMismatchError, match='1 missing, 1 unexpected, 1 wrong shape') as caught:
        convert_released(light)
    assert sorted(caught.value.problems) == [
        ('mer.conv3d.bias', 'missing', 'expected (8,)'), ('mer.conv3d.scale', 'unexpected', '(2,)'),
        ('mer.fc1.weight', 'wrong shape', '(3, 4), expected (256, 3528)')]
    with pytest.raises(KeyMismatchError, match='fdp_released.py'):
        convert_released(light, to_released=True)


def test_other_numbers_of_classes_and_files_of_old_torch(light):
    light['mer.fc2.weight'], light['mer.fc2.bias'] = torch.zeros(3, 256), torch.zeros(3)
    light = {key: value for key, value in light.items() if not key.endswith('num_batches_tracked')}
    converted = convert_released(light)
    assert converted['cls_head.classifier.5.weight'].shape == (3, 256) and len(converted) == 438
    assert converted['backbone.stem.0.bn.num_batches_tracked'] == 0
