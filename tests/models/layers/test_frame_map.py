import torch

from fdp_mmaction.models.layers import PooledFrameMap, SpatialFrameMap


def test_pooled_map_forgets_places():
    layer, x = PooledFrameMap(8, map_size=16).eval(), torch.rand(2, 8, 4, 4)
    assert layer(x).shape == (2, 1, 16, 16)
    torch.testing.assert_close(layer(x.flip(3)), layer(x))


def test_spatial_map_draws_each_tile_from_its_position():
    layer, x = SpatialFrameMap(8, stride=4).eval(), torch.rand(1, 8, 3, 3)
    changed = x.clone()
    changed[..., 1, 2] += 1
    difference = (layer(changed) - layer(x)).abs()[0, 0]
    assert difference.shape == (12, 12)
    assert difference[4:8, 8:12].max() > 0
    difference[4:8, 8:12] = 0
    assert difference.max() == 0
