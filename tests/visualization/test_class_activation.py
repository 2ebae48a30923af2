from __future__ import annotations

import sys

import pytest
import tiny_fdp
import tiny_mol
import torch
from torch import nn

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.class_activation import class_activation
from fdp_mmaction.visualization.spatial_layers import SpatialLayer, spatial_layers

pytest.importorskip('captum', reason='evidence for a class is found by Captum')


@pytest.fixture(scope='module')
def mol():
    return tiny_mol.build(), 2 * torch.rand(1, 1, 1, tiny_mol.FRAMES, tiny_mol.SIZE, tiny_mol.SIZE) - 1


@pytest.fixture(scope='module')
def fdp():
    model = tiny_fdp.build('fdp_small', **{'neck.mode': 'approximate'})
    torch.manual_seed(1)
    return model, 2 * torch.rand(1, 1, 1, tiny_fdp.FRAMES, tiny_fdp.SIZE, tiny_fdp.SIZE) - 1


def score(model: nn.Module, clip: torch.Tensor, target: int) -> float:
    with torch.no_grad():
        return float(model.extract_feat(clip, stage='head')[0][0, target])


@pytest.mark.parametrize('name', ['backbone.blocks.0', 'backbone', 'cls_head.convolution'])
def test_motion_adds_up_to_the_change_of_the_score(mol, name: str) -> None:
    model, clip = mol
    layer = spatial_layers(model, clip)[name]
    found = class_activation(model, clip, 1, layer, steps=48)
    change = score(model, clip, 1) - score(model, clip[:, :, :, :1].expand_as(clip), 1)
    assert abs(change) > 0.01
    assert float(found.maps.sum()) == pytest.approx(change, rel=0.05)
    assert found.per_frame == (name != 'cls_head.convolution')
    assert len(found.maps) == (tiny_mol.FRAMES if found.per_frame else 1)
    if found.per_frame:
        assert not found.maps[0].any()       # the first frame is that of the still clip


def test_motion_of_fdp_adds_up_behind_the_pooling_too(fdp) -> None:
    model, clip = fdp
    layers = spatial_layers(model, clip)
    change = score(model, clip, 2) - score(model, clip[:, :, :, :1].expand_as(clip), 2)
    for name in ('backbone', 'neck.lift'):
        found = class_activation(model, clip, 2, layers[name], steps=24)
        assert float(found.maps.sum()) == pytest.approx(change, rel=0.05)


def test_a_still_clip_shows_nothing(mol) -> None:
    model, clip = mol
    still = clip[:, :, :, :1].expand_as(clip)
    layer = spatial_layers(model, still)['backbone.blocks.0']
    assert not class_activation(model, still, 0, layer).maps.any()


def test_grad_cam_is_that_of_the_paper(mol) -> None:
    """By PyTorch's own graph, at the features between backbone and head."""
    model, clip = mol
    features = model.backbone(clip[0]).detach().requires_grad_()
    model.cls_head(features)[0, 2].backward()
    layers = spatial_layers(model, clip)
    # The same maps: a volume of one weight per channel, or frames of a weight each
    for name, places in (('backbone', (1, 2, 3)), ('backbone.blocks.0', (2, 3))):
        weights = features.grad[0].mean(dim=places, keepdim=True)                       # (C, 1 or T, 1, 1)
        expected = (weights * features[0].detach()).sum(dim=0)                          # (T, h, w)
        found = class_activation(model, clip, 2, layers[name], 'grad-cam')
        torch.testing.assert_close(found.maps, expected, rtol=1e-4, atol=1e-6)


def test_a_layer_before_one_that_works_in_place(mol) -> None:
    model, clip = mol
    relu = model.backbone.stem[0].activate
    assert relu.inplace
    layer = spatial_layers(model, clip)['backbone.stem.0.bn']
    found = [class_activation(model, clip, 0, layer, 'grad-cam').maps]
    relu.inplace = False
    try:
        found.append(class_activation(model, clip, 0, layer, 'grad-cam').maps)
    finally:
        relu.inplace = True
    torch.testing.assert_close(*found)


class Blind(nn.Module):
    """Its class does not depend on its maps."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Conv2d(1, 2, 1)
        self.bias = nn.Parameter(torch.zeros(1, 3))

    def extract_feat(self, inputs: torch.Tensor, stage: str) -> tuple[torch.Tensor, dict]:
        self.backbone(inputs[0, 0].transpose(0, 1))
        return self.bias * 1, {}


def test_a_layer_without_influence() -> None:
    with pytest.raises(DatasetError, match='The class does not depend on what backbone puts out'):
        class_activation(Blind(), torch.rand(1, 1, 1, 4, 8, 8), 0, SpatialLayer('backbone', 0, 8), 'grad-cam')


def test_without_captum(mol, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, 'captum.attr', None)
    with pytest.raises(ImportError, match=r'pip install fdp-mmaction\[explain\]'):
        class_activation(*mol, 0, SpatialLayer('backbone', 2, 8))


def test_unknown_method(mol) -> None:
    with pytest.raises(ValueError, match="motion or grad-cam; got 'lime'"):
        class_activation(*mol, 0, SpatialLayer('backbone', 2, 8), 'lime')
