from __future__ import annotations

import pytest
import tiny_fdp
import tiny_mol
import torch

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization.spatial_layers import default_layer, find_layer, spatial_layers


def clip(module, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 1, 1, module.FRAMES, module.SIZE, module.SIZE, generator=generator) * 2 - 1


def layers_of_fdp(name: str) -> dict:
    model = tiny_fdp.build(name)
    found = spatial_layers(model, clip(tiny_fdp))
    assert default_layer(model) in found
    return found


def test_fdp_with_maps_that_keep_places() -> None:
    found = layers_of_fdp('fdp_small')
    times = {name: found[name].time for name in ('backbone.stem.0', 'backbone.stages.0', 'backbone', 'neck.lift')}
    assert times == {'backbone.stem.0': 0, 'backbone.stages.0': 0, 'backbone': 2, 'neck.lift': None}
    assert found['backbone'].side == tiny_fdp.SIZE and found['backbone.stages.0'].side == tiny_fdp.SIZE // 2
    assert not any(name.startswith('aux_heads') for name in found)
    assert 'cls_head.classifier.6' not in found and 'neck' not in found      # numbers, and a tuple


@pytest.mark.parametrize('name', ['fdp', 'fdp_released'])
def test_behind_averages_over_all_places_nothing_is_a_map_of_the_face(name: str) -> None:
    found = layers_of_fdp(name)
    assert all(layer.startswith('backbone.') for layer in found) and 'backbone.frame_map' not in found
    assert 'backbone.stages.1' in found


def test_mol() -> None:
    model = tiny_mol.build()
    found = spatial_layers(model, clip(tiny_mol))
    assert default_layer(model) == 'backbone.blocks.0'
    assert (found['backbone.blocks.0'].time, found['backbone.stem.2'].time, found['backbone'].time) == (0, 0, 2)
    assert found['cls_head.convolution'].time is None


def test_shapes() -> None:
    model = tiny_mol.build()
    found = spatial_layers(model, clip(tiny_mol))
    values = torch.rand(1, 3, 6, 6, 4)
    assert found['cls_head.convolution'].as_maps(values).shape == (4, 3, 6, 6)
    torch.testing.assert_close(found['cls_head.convolution'].as_maps(values)[1], values[0, ..., 1])
    values = torch.rand(1, 3, 5, 8, 8)
    torch.testing.assert_close(found['backbone'].as_maps(values)[1], values[0, :, 1])
    values = torch.rand(5, 3, 8, 8)
    torch.testing.assert_close(found['backbone.blocks.0'].as_maps(values), values)


def test_a_layer_that_is_not_there() -> None:
    found = layers_of_fdp('fdp_small')
    assert find_layer(found, 'backbone.stages.0').name == 'backbone.stages.0'
    with pytest.raises(DatasetError, match=r'backbone.stage.0 is no layer that makes maps of the face; these do: '
                                           r'backbone.stem.0.conv, .* and \d+ inside of these; '
                                           r'did you mean backbone.stages.0\?'):
        find_layer(found, 'backbone.stage.0')


def test_a_backbone_without_a_best_layer() -> None:
    with pytest.raises(DatasetError, match='No layer is known to be the best of a F5CNet like this one'):
        default_layer(tiny_mol.build(released=True))
