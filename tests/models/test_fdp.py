"""The whole of FDP, as released and by the paper, against loops over frames, heads and pairs."""

from __future__ import annotations

import fdp_naive
import pytest
import torch
from tiny_fdp import batch, build

import fdp_mmaction  # noqa: F401

ALL = pytest.mark.parametrize('name', ['fdp_released', 'fdp', 'fdp_small'])


@ALL
def test_everything_matches_the_loops(name):
    model = build(name).double()            # so that rounding decides no tie in max-pooling
    clips = batch()[0].flatten(0, 1).double()
    with torch.no_grad():
        expected = fdp_naive.forward(model, clips)
        maps = model.backbone(clips)
        features, _ = model.neck(maps)
        ours = {'maps': maps[:, 0], 'features': features, 'logits': model.cls_head(features),
                'image': model.aux_heads['dynamic_image'](features).sigmoid()[:, 0]}
        if name != 'fdp_released':
            ours['rank_scores'] = model.neck.rank_scores(maps)
    assert set(expected) - {'rank'} == set(ours)
    for key, value in ours.items():
        assert value.std() > 1e-3, key
        torch.testing.assert_close(value, expected[key].to(value), atol=1e-5, rtol=1e-4)


@ALL
def test_losses_and_gradients_match_the_loops(name):
    model = build(name).double()
    inputs, samples = batch()
    inputs = inputs.double()
    images = torch.stack([sample.gt_dynamic_image for sample in samples])
    naive = fdp_naive.losses(fdp_naive.forward(model, inputs.flatten(0, 1)),
                             [int(sample.gt_label) for sample in samples], images, 100.0)
    sum(naive.values()).backward()
    expected = {key: value.grad.clone() for key, value in model.named_parameters()}
    model.zero_grad()
    losses = model.loss(inputs, samples)
    names = {'class': 'loss_cls', 'image': 'dynamic_image.loss_mse', 'rank': 'loss_rank'}
    assert {names[key] for key in naive} == {key for key in losses if 'loss' in key}
    for key, value in naive.items():
        assert value.item() > 1e-3 and losses[names[key]].item() == pytest.approx(value.item(), rel=1e-4)
    model.parse_losses(losses)[0].backward()
    for key, value in model.named_parameters():
        torch.testing.assert_close(value.grad, expected[key], atol=1e-5 * expected[key].abs().max().item() + 1e-7,
                                   rtol=1e-3, msg=lambda text, key=key: f'{key}: {text}')


def test_batch_statistics_are_each_frame_s_own():
    """What the loops do with batch statistics is what the model does with the clips of one frame position."""
    model = build('fdp_released').train()
    clips = batch()[0].flatten(0, 1)
    loops = fdp_naive.forward(model, clips, batch_statistics=True)['maps']
    for block in (block for stage in model.backbone.stages for block in stage):
        block.drop_path.drop_prob = 0.0
    torch.testing.assert_close(model.backbone(clips[:, :, 2:3])[:, 0, 0], loops[:, 2], atol=1e-4, rtol=1e-3)
    assert (model.backbone(clips)[:, 0, 2] - loops[:, 2]).abs().max() > 1e-2
