"""The released MOL network, number for number: our components with the released options, filled with its parameters."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import mol_naive
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from released_mol_reference import (as_flow, as_landmarks, fill, golden, parameter_table, reference_clip,
                                    reference_sample)
from released_reference import rule_tensor, table_shape
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.functional.correlation import correlation
from fdp_mmaction.functional.cosine_neighbours import cosine_neighbours
from fdp_mmaction.functional.landmark_error import landmark_error
from fdp_mmaction.models import ClipMERHead, F5CNet, LandmarkHead
from fdp_mmaction.models.heads import optical_flow_head
from fdp_mmaction.models.released_keys import KeyMismatchError
from fdp_mmaction.models.released_mol import convert_released, released_entries
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
def config():
    init_default_scope('mmaction')
    return Config.fromfile(REPO / 'configs/_base_/models/mol_released.py').model


@pytest.fixture(scope='module')
def model(config):
    """The model of the config, every parameter and buffer filled by the rule, evaluation mode."""
    model = MODELS.build(config)
    assert fill(model) == []
    return model.eval()


@pytest.fixture(scope='module')
def features(model, numbers):
    """The backbone's maps, ``(1, 128, 14, 16, 16)``."""
    with torch.no_grad():
        return model.backbone(reference_clip(numbers))


def stored(features):
    """Every 16th channel, ``(8, 16, 16, 14)``, as the reference numbers have them."""
    return features[0, ::16].permute(0, 2, 3, 1)


# --------------------------------------------------------------------------- names
def test_table_is_that_of_the_released_state_dict():
    assert [(entry.released, entry.shape) for entry in released_entries()] == [
        (row['key'], table_shape(row)) for row in parameter_table()]


def test_table_is_that_of_our_model(model):
    ours = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    assert ours == {entry.own: entry.own_shape or entry.shape for entry in released_entries()}
    assert len(ours) == len(released_entries()) == 175


# --------------------------------------------------------------------------- parity
def test_every_step_of_the_backbone_agrees(model, numbers, features):
    backbone = model.backbone
    with torch.no_grad():
        stem = backbone.forward_stem(reference_clip(numbers)[0].transpose(0, 1))            # (8, 128, 16, 16)
        first, second = (block.fcc(maps) for block, maps in zip(backbone.blocks, (stem[:-1], stem[1:])))
        edges = backbone.blocks[0].ccc(first[:1])
    assert off(stem[0, ::2], numbers['stem_frame0']) < TOLERANCE
    assert off(first[0, ::2], numbers['fcc1_frame0']) < TOLERANCE
    assert off(second[0, ::4], numbers['fcc2_frame1']) < TOLERANCE
    for maps, name in ((first, 'neighbours_first'), (second, 'neighbours_second')):
        sets = cosine_neighbours(maps.flatten(2).transpose(1, 2), 4).sort().values
        assert np.array_equal(sets.numpy(), numbers[name])
    assert off(edges[0, ::4], numbers['ccc1_frame0']) < TOLERANCE
    assert off(stored(features), numbers['features']) < TOLERANCE


def test_every_head_agrees(model, numbers, features):
    clip, flow_head = reference_clip(numbers), model.aux_heads['flow']
    with torch.no_grad():
        encoded = clip[0].transpose(0, 1)
        for convolution in flow_head.encoder:
            encoded = convolution(encoded)
        cost = F.leaky_relu(correlation(encoded[:1], encoded[1:2], 20, 2), 0.1)
        flow = flow_head(features, clip)
        assert off(model.cls_head(features), numbers['logits']) < TOLERANCE
        assert off(model.aux_heads['landmarks'](features), as_landmarks(numbers['landmarks'])) < TOLERANCE
    assert off(cost[0, ::7, ::2, ::2], numbers['correlation_pair0']) < TOLERANCE
    assert off(flow[..., ::4, ::4], as_flow(numbers['flow_stride4'])) < TOLERANCE
    assert off(flow[0].abs().mean(dim=(1, 2, 3)), numbers['flow_mean_abs_per_pair']) < TOLERANCE


def test_the_loops_agree_too(model, numbers):
    """So they can stand for the released formulation where speed is compared."""
    with torch.no_grad():
        naive = mol_naive.forward(model, reference_clip(numbers))
    assert off(stored(naive['features']), numbers['features']) < TOLERANCE
    assert off(naive['logits'], numbers['logits']) < TOLERANCE
    assert off(naive['flow'][..., ::4, ::4], as_flow(numbers['flow_stride4'])) < TOLERANCE
    assert off(naive['landmarks'], as_landmarks(numbers['landmarks'])) < TOLERANCE


def test_losses_and_every_gradient_agree(model, numbers):
    model.zero_grad()
    losses = model.loss(reference_clip(numbers)[None], [reference_sample(numbers)])
    parts = dict(loss_cls=1, **{'flow.loss_mse': 10, 'landmarks.loss_nme': 0.5})
    for (name, weight), reference in zip(parts.items(), ('loss_ce', 'loss_flow', 'loss_landmark')):
        assert losses[name].item() == pytest.approx(weight * float(numbers[reference]), rel=TOLERANCE)
    total, _ = model.parse_losses(losses)
    assert total.item() == pytest.approx(float(numbers['loss_total']), rel=TOLERANCE)
    total.backward()
    rows = {entry.own: row['gradient_l2'] for entry, row in zip(released_entries(), parameter_table())}
    expected = {name: float(value) for name, value in rows.items() if value}
    norms = {name: p.grad.double().norm().item() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    assert len(expected) == 112 and norms.keys() == expected.keys()
    for name, value in expected.items():
        # Coarse flow hardly matters to the loss: in float64 its gradients are 3e-4 from the reference's, in float32.
        coarse = 'decoder.predictors' in name or 'decoder.enlarged_flows' in name
        assert norms[name] == pytest.approx(value, rel=5 * TOLERANCE if coarse else TOLERANCE), name


def test_losses_of_small_tensors_agree(config, numbers):
    """Two clips, whose losses are known one by one."""
    tensors = {name: torch.from_numpy(value) for name, value in numbers.items() if name.startswith('small_')}
    points = [tensors[f'small_landmarks_{kind}'].transpose(1, 2).unflatten(2, (68, 2)) for kind in ('pred', 'target')]
    landmarks = landmark_error(points[0], points[1][:, 1:]).mean()
    flow = F.mse_loss(tensors['small_flow_pred'].movedim(-1, 1), tensors['small_flow_target'].transpose(1, 2))
    ce = F.cross_entropy(tensors['small_logits'], tensors['small_labels'])
    heads = config.aux_heads
    total = ce + heads.flow.loss_weight * flow + heads.landmarks.loss_weight * landmarks
    assert ce.item() == pytest.approx(float(numbers['small_loss_ce']), rel=TOLERANCE)
    assert flow.item() / 7 == pytest.approx(float(numbers['small_loss_flow']), rel=TOLERANCE)
    assert 7 * landmarks.item() == pytest.approx(float(numbers['small_loss_landmark']), rel=TOLERANCE)
    assert total.item() == pytest.approx(float(numbers['small_loss_total_10_05_1']), rel=TOLERANCE)
    weaker = total - (heads.landmarks.loss_weight - 0.7) * landmarks            # the weight of the released README
    assert weaker.item() == pytest.approx(float(numbers['small_loss_total_10_01_1']), rel=TOLERANCE)


# --------------------------------------------------------------------------- each option matters
def share_weights(backbone):
    backbone.blocks[1].load_state_dict(backbone.blocks[0].state_dict())


def swap_weights(backbone):
    backbone.blocks = nn.ModuleList(list(backbone.blocks)[::-1])


def batch_norm_eps(module):
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.eps = 1e-3


BACKBONE = {
    'as released': dict(),
    'graph of channels': dict(graph='channels'),
    'centre subtracted once': dict(centre_twice=False),
    'neighbours': dict(num_neighbours=3),
    'one stack of maps per frame': dict(pair_weights=False),
    'the same weights for both frames': share_weights,
    'weights of the other frame': swap_weights,
    'feed-forward network run': dict(feed_forward=True),
    'stem with norm and activation': dict(stem_norm=True),
    'stem paddings': dict(stem_paddings=(1, 1, 0, 0)),
    'batch norm eps': batch_norm_eps,
    'batch statistics': nn.Module.train,
    'frames in [0, 1]': dict(),
}


@pytest.mark.parametrize('change', BACKBONE)
def test_backbone_options(change, config, numbers):
    torch.manual_seed(0)
    options = BACKBONE[change]
    settings = {key: value for key, value in config.backbone.items() if key != 'type'}
    backbone = F5CNet(**{**settings, **(options if isinstance(options, dict) else {})}).eval()
    fill(backbone, 'backbone.')
    if callable(options):
        options(backbone)
    clip = reference_clip(numbers)
    if change == 'frames in [0, 1]':
        clip = (clip + 1) / 2
    with torch.no_grad():
        error = off(stored(backbone(clip)), numbers['features'])
    assert error < TOLERANCE if change == 'as released' else error > 10 * TOLERANCE, error


def test_kernels_are_cut_not_shrunk(config, numbers):
    """What lies beyond the map is never used, and nothing else is left out."""
    settings = {key: value for key, value in config.backbone.items() if key != 'type'}
    long, short = F5CNet(**settings).eval(), F5CNet(**{**settings, 'kernel_length': None}).eval()
    fill(long, 'backbone.')
    short.load_state_dict({key: value[:, :16] if key.endswith(('position', 'kernel')) else value
                           for key, value in long.state_dict().items()})
    clip = reference_clip(numbers)
    with torch.no_grad():
        assert torch.equal(short(clip), long(clip))
        for block in long.blocks:
            block.fcc.rows_first[0].kernel[:, 15] = 0
        assert off(stored(long(clip)), numbers['features']) > 10 * TOLERANCE


HEADS = {
    'class as released': (ClipMERHead, dict()),
    'pool': (ClipMERHead, dict(pool=1)),
    'activation': (ClipMERHead, 'activation'),
    'time reversed': (ClipMERHead, 'reverse'),
    'landmarks as released': (LandmarkHead, dict()),
    'offsets from the middle': (LandmarkHead, dict(pixel_output=False)),
    'maps of the first frames': (LandmarkHead, 'shift'),
    'every map': (LandmarkHead, dict(paired_maps=False)),
}


@pytest.mark.parametrize('change', HEADS)
def test_head_options(change, config, numbers, features):
    torch.manual_seed(0)
    kind, options = HEADS[change]
    is_class = kind is ClipMERHead
    settings = config.cls_head if is_class else config.aux_heads.landmarks
    settings = {key: value for key, value in settings.items() if key != 'type'}
    head = kind(**{**settings, **(options if isinstance(options, dict) else {})}).eval()
    fill(head, 'cls_head.' if is_class else 'aux_heads.landmarks.')
    if options == 'activation':
        head.convolution = nn.Sequential(head.convolution, nn.ReLU())
    if options in ('reverse', 'shift'):
        features = features.flip(2) if options == 'reverse' else features.roll(1, dims=2)
    with torch.no_grad():
        error = off(head(features), numbers['logits'] if is_class else as_landmarks(numbers['landmarks']))
    assert error < TOLERANCE if 'as released' in change else error > 10 * TOLERANCE, error


def slope(patch, head):
    for module in head.modules():
        if isinstance(module, nn.LeakyReLU):
            patch.setattr(module, 'negative_slope', 0.2)


def norms(patch, head):
    for module in head.modules():
        if isinstance(module, nn.BatchNorm2d):
            patch.setattr(module, 'eps', 1e-3)


def volume(change):
    return lambda patch, head: patch.setattr(optical_flow_head, 'correlation', lambda *args: change(correlation(*args)))


# The activation of the correlation is not among them: of this clip, no correlation is below zero.
FLOW = {
    'as released': lambda patch, head: None,
    'one map per frame': lambda patch, head: patch.setattr(head, 'paired_maps', False),
    'displacement step': lambda patch, head: (patch.setattr(head, 'displacement_step', 1),
                                              patch.setattr(head, 'max_displacement', 10)),
    'correlation not divided by the channels': volume(lambda cost: 256 * cost),
    'columns before rows': volume(lambda cost: cost.unflatten(1, (21, 21)).transpose(1, 2).flatten(1, 2)),
    'slope': slope,
    'batch norm eps': norms,
}


@pytest.mark.parametrize('change', FLOW)
def test_flow_options(change, model, numbers, features, monkeypatch):
    head = model.aux_heads['flow']
    FLOW[change](monkeypatch, head)
    if change == 'one map per frame':
        features = features[:, :, ::2]                  # of the first frames, seven: the last is repeated
        features = torch.cat((features, features[:, :, -1:]), dim=2)
    with torch.no_grad():
        error = off(head(features, reference_clip(numbers))[..., ::4, ::4], as_flow(numbers['flow_stride4']))
    assert error < TOLERANCE if change == 'as released' else error > 10 * TOLERANCE, error


# --------------------------------------------------------------------------- conversion
@pytest.fixture(scope='module')
def released_weights():
    return OrderedDict((row['key'], rule_tensor(index, row)) for index, row in enumerate(parameter_table()))


def test_converted_weights_are_the_model(model, config, released_weights):
    fresh = MODELS.build(config)
    fresh.load_state_dict(convert_released(released_weights), strict=True)
    mine = model.state_dict()
    assert all(torch.equal(value, mine[key]) for key, value in fresh.state_dict().items())


def test_round_trip_is_exact(released_weights):
    back = convert_released(convert_released(released_weights), to_released=True)
    assert list(back) == list(released_weights)
    assert all(torch.equal(back[key], released_weights[key]) for key in back)
    assert all(back[key].data_ptr() == released_weights[key].data_ptr() for key in back)        # not even copied


def test_what_does_not_fit_is_listed(released_weights):
    light = {entry.released: torch.zeros(()).expand(entry.shape) for entry in released_entries(3)}
    assert convert_released(light)['cls_head.classifier.6.weight'].shape == (3, 256)
    del light['FCC_2.ffn.1.bias']
    light['FCC_1.meta_pe_1_H'] = torch.zeros(64, 32)
    with pytest.raises(KeyMismatchError, match='released MOL .1 missing, 1 wrong shape') as caught:
        convert_released(light)
    assert sorted(caught.value.problems) == [
        ('FCC_1.meta_pe_1_H', 'wrong shape', '(64, 32), expected (1, 64, 32, 1)'),
        ('FCC_2.ffn.1.bias', 'missing', 'expected (2,)')]
    with pytest.raises(KeyMismatchError, match='mol_released.py'):
        convert_released(light, to_released=True)
