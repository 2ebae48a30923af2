import pytest
import torch
from tiny_mol import CHANNELS, FRAMES, MAPS, SIZE, build, sample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.models import OpticalFlowHead


def inputs(released=False, clips=2):
    torch.manual_seed(0)
    return (torch.randn(clips, CHANNELS, 2 * (FRAMES - 1) if released else FRAMES, MAPS, MAPS),
            torch.randn(clips, 1, FRAMES, SIZE, SIZE))


@pytest.mark.parametrize('released', [False, True])
def test_shapes(released):
    head = build(released).aux_heads['flow']
    assert head(*inputs(released)).shape == (2, FRAMES - 1, 2, SIZE, SIZE)


def test_every_frame_is_encoded_once_and_all_pairs_are_one_batch():
    head, seen = build().aux_heads['flow'], []
    for module in (head.encoder[0], head.redirect, head.decoder.levels[0]):
        module.register_forward_hook(lambda module, args, out: seen.append(len(args[0])))
    head(*inputs())
    assert seen == [2 * FRAMES, 2 * (FRAMES - 1), 2 * (FRAMES - 1)]


def test_pairs_are_independent_and_maps_and_frames_both_matter():
    head, (maps, frames) = build().aux_heads['flow'], inputs()
    before = head(maps, frames)
    for changed in ((torch.cat((maps[:, :, :-1], maps[:, :, -1:] + 1), dim=2), frames),
                    (maps, torch.cat((frames[:, :, :-1], frames[:, :, -1:] + 1), dim=2))):
        difference = (head(*changed) - before).abs().amax(dim=(0, 2, 3, 4))
        assert [value > 1e-5 for value in difference.tolist()] == [False, False, False, True]


@pytest.mark.parametrize('released', [False, True])
def test_loss_is_the_squared_error(released):
    head, (maps, frames) = build(released).aux_heads['flow'], inputs(released)
    samples = [sample(0), sample(1)]
    target = torch.stack([s.gt_flow for s in samples])
    losses = head.loss(maps, samples, frames=frames)
    torch.testing.assert_close(losses, {'loss_mse': 10 * (head(maps, frames) - target).square().mean()})
    losses['loss_mse'].backward()
    assert all(p.grad.abs().sum() > 0 for p in head.parameters())


def test_flow_in_another_unit():
    head, (maps, frames) = build().aux_heads['flow'], inputs()
    samples = [sample(0), sample(1)]
    before = head(maps, frames)
    head.flow_unit = 0.05
    flow = head(maps, frames)
    torch.testing.assert_close(flow, 0.05 * before)
    target = torch.stack([s.gt_flow for s in samples])
    torch.testing.assert_close(head.loss(maps, samples, frames=frames)['loss_mse'],
                               10 * (before - target / 0.05).square().mean())


def test_several_clips_of_an_me():
    head, (maps, frames) = build().aux_heads['flow'], inputs(clips=4)
    samples = [sample(0, num_clips=2), sample(1, num_clips=2)]
    single = [sample(i, gt_flow=part) for i, s in enumerate(samples) for part in s.gt_flow]
    torch.testing.assert_close(head.loss(maps, samples, frames), head.loss(maps, single, frames))
    predicted = head.predict(maps, samples, frames)
    assert predicted[1].pred_flow.shape == (2, FRAMES - 1, 2, SIZE, SIZE)
    torch.testing.assert_close(predicted[1].pred_flow[0], head.predict(maps, single, frames)[2].pred_flow)


def test_what_does_not_fit_is_refused():
    head, (maps, frames) = build().aux_heads['flow'], inputs()
    with pytest.raises(ValueError, match='sides 16 divides; got 40x40'):
        head(maps, torch.rand(2, 1, FRAMES, 40, 40))
    with pytest.raises(ValueError, match='8 pairs of frames, 8x8 when encoded, do not fit 8 pairs of maps of 4x4'):
        head(maps[..., :4, :4], frames)
    with pytest.raises(ValueError, match='do not fit 14 pairs of maps'):
        head(inputs(released=True)[0], frames)
    with pytest.raises(ValueError, match='list 2, 3 and 3 values'):
        OpticalFlowHead(encoder_channels=(4, 6))
    bare = sample(3)
    del bare.gt_flow
    with pytest.raises(DatasetError, match='s3: there is no gt_flow'):
        head.loss(maps[:1], [bare], frames[:1])
    with pytest.raises(DatasetError, match=r's3: gt_flow has shape \(4, 2, 16, 16\)'):
        head.loss(maps[:1], [sample(3, gt_flow=torch.rand(4, 2, 16, 16))], frames[:1])
