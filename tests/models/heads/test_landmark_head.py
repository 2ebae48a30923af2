import pytest
import torch
from tiny_mol import CHANNELS, FRAMES, MAPS, SIZE, build, sample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.landmark_error import landmark_error


def maps(released=False, clips=2):
    torch.manual_seed(0)
    return torch.randn(clips, CHANNELS, 2 * (FRAMES - 1) if released else FRAMES, MAPS, MAPS)


@pytest.mark.parametrize('released, frames', [(False, FRAMES), (True, FRAMES - 1)])
def test_shapes(released, frames):
    head = build(released).aux_heads['landmarks']
    assert head(maps(released)).shape == (2, frames, 68, 2)


def test_an_untrained_head_starts_in_the_middle_or_in_the_corner():
    for released, start in ((False, SIZE / 2), (True, 0)):
        head = build(released).aux_heads['landmarks']
        torch.nn.init.zeros_(head.output.weight)
        torch.nn.init.zeros_(head.output.bias)
        assert (head(maps(released)) == start).all()


def test_frames_are_found_by_themselves():
    head, x = build().aux_heads['landmarks'], maps()
    changed = x.clone()
    changed[:, :, 3] += 1
    difference = (head(changed) - head(x)).abs().amax(dim=(0, 2, 3))
    assert [value > 1e-4 for value in difference.tolist()] == [False, False, False, True, False]


@pytest.mark.parametrize('released', [False, True])
def test_loss_is_the_mean_error_of_the_frames(released):
    head, x = build(released).aux_heads['landmarks'], maps(released)
    samples = [sample(0), sample(1)]
    target = torch.stack([s.gt_landmarks for s in samples])[:, 1 if released else 0:]
    losses = head.loss(x, samples)
    expected = 2 * sum(landmark_error(a, b) for a, b in zip(head(x).flatten(0, 1), target.flatten(0, 1)))
    torch.testing.assert_close(losses, {'loss_nme': expected / len(target.flatten(0, 1))})
    losses['loss_nme'].backward()
    assert all(p.grad.abs().sum() > 0 for p in head.parameters())


def test_several_clips_of_an_me():
    head, x = build().aux_heads['landmarks'], maps(clips=4)
    samples = [sample(0, num_clips=2), sample(1, num_clips=2)]
    single = [sample(i, gt_landmarks=part) for i, s in enumerate(samples) for part in s.gt_landmarks.split(FRAMES)]
    torch.testing.assert_close(head.loss(x, samples), head.loss(x, single))
    predicted = head.predict(x, samples)
    assert predicted[1].pred_landmarks.shape == (2, FRAMES, 68, 2)
    assert torch.equal(predicted[1].pred_landmarks[0], head.predict(x, single)[2].pred_landmarks)


def test_missing_landmarks_are_named():
    bare = sample(3)
    del bare.gt_landmarks
    with pytest.raises(DatasetError, match='s3: there is no gt_landmarks'):
        build().aux_heads['landmarks'].loss(maps(clips=1), [bare])
