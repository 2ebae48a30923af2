import pytest
import torch
from torch import nn

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import LGFATransformer

TINY = dict(stem_channels=(8, 8, 16), stage_channels=(32, 64), num_local=(1, 1), num_global=(0, 1),
            global_channels=(32, 128), attention_pool=(2, 1), map_size=16)


def build(**options):
    torch.manual_seed(0)
    model = LGFATransformer(**{**TINY, **options})
    model.init_weights()
    return model.eval()


@pytest.mark.parametrize('batch, frames, size', [(1, 1, 32), (2, 5, 32), (1, 8, 48)])
@pytest.mark.parametrize('frame_map', ['pooled', 'spatial'])
def test_one_map_per_frame(batch, frames, size, frame_map):
    maps = build(frame_map=frame_map)(torch.rand(batch, 1, frames, size, size))
    side = TINY['map_size'] if frame_map == 'pooled' else size
    assert maps.shape == (batch, 1, frames, side, side)


def test_default_is_the_papers_architecture():
    model = LGFATransformer()
    names = [[type(block).__name__ for block in stage] for stage in model.stages]
    assert [len(stage) for stage in names] == [4, 5, 11, 4]
    assert all(stage[-1] == 'GlobalRelationalAggregator' for stage in names)
    assert model(torch.rand(1, 1, 2, 64, 64)).shape == (1, 1, 2, 64, 64)


def test_frames_do_not_mix():
    model, clip = build(), torch.rand(2, 1, 4, 32, 32)
    maps = model(clip)
    for t in range(4):      # each frame alone gives the same map, and other frames do not matter
        torch.testing.assert_close(model(clip[:, :, t:t + 1]), maps[:, :, t:t + 1])
    order = [3, 1, 0, 2]
    torch.testing.assert_close(model(clip[:, :, order]), maps[:, :, order])


def test_onset_difference_is_relative_to_the_first_frame():
    model, clip = build(onset_difference=5.0), torch.rand(2, 1, 4, 32, 32)
    maps = model(clip)
    assert maps.shape == (2, 1, 4, 16, 16)
    order = [0, 3, 1, 2]           # frames mix with the first one only
    torch.testing.assert_close(model(clip[:, :, order]), maps[:, :, order])
    assert not torch.allclose(model(clip[:, :, [1, 0, 2, 3]])[:, :, 2], maps[:, :, 2])


def test_every_parameter_learns():
    model = build(frame_map='pooled').train()
    model(torch.rand(3, 1, 2, 32, 32)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_spatial_map_keeps_places():
    model = build(frame_map='spatial', num_global=(0, 0))
    clip = torch.rand(1, 1, 1, 64, 64)
    changed = clip.clone()
    changed[..., :8, :8] += 0.5
    difference = (model(changed) - model(clip)).abs()[0, 0, 0]
    assert difference[:8, :8].mean() > 10 * difference[-16:, -16:].mean()


def test_init_is_truncated_normal():
    model = LGFATransformer(**TINY)
    model.init_weights()
    weight = model.stages[0][0].mlp.expand.weight
    assert weight.abs().max() <= 2 and weight.std().item() == pytest.approx(0.02, rel=0.2)
    assert all((m.bias == 0).all() for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))
               and m.bias is not None)


def test_intermediates_are_the_stages():
    features = build().forward_intermediates(torch.rand(2, 1, 32, 32))
    assert [tuple(f.shape) for f in features] == [(2, 32, 8, 8), (2, 128, 4, 4)]


@pytest.mark.parametrize('options, message', [
    (dict(num_local=(1,)), '2 stages'), (dict(stem_strides=(2, 2, 1, 1, 1)), 'stem_strides'),
    (dict(frame_map='flat'), 'frame_map'), (dict(head_channels=24), 'divide')])
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
