import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import DynamicImageHead

TINY = dict(in_channels=2, channels=(4, 8, 8), depths=(1, 2, 1))


def samples(targets):
    return [ActionDataSample(gt_dynamic_image=target) for target in targets]


@pytest.mark.parametrize('size', [16, 20, 36])      # also sizes that do not halve evenly
def test_shape_is_kept(size):
    assert DynamicImageHead(**TINY)(torch.rand(3, 2, size, size)).shape == (3, 1, size, size)


def test_default_is_segnet():
    head = DynamicImageHead()
    widths = [[m.out_channels for m in level if isinstance(m, torch.nn.Conv2d)] for level in head.encoder]
    assert widths == [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
    widths = [[m.out_channels for m in level if isinstance(m, torch.nn.Conv2d)] for level in head.decoder]
    assert widths == [[512] * 3, [512, 512, 256], [256, 256, 128], [128, 64], [64]]
    assert (head.output.in_channels, head.output.out_channels) == (64, 1)


def test_loss_is_the_weighted_squared_error():
    head = DynamicImageHead(**TINY, loss_weight=7.0).eval()
    feats, targets = torch.rand(2, 2, 16, 16), torch.rand(2, 16, 16)
    expected = 7 * (head(feats).sigmoid()[:, 0] - targets).square().mean()
    torch.testing.assert_close(head.loss(feats, samples(targets))['loss_mse'], expected)


def test_several_clips_of_an_me():
    head, feats, targets = DynamicImageHead(**TINY).eval(), torch.rand(4, 2, 16, 16), torch.rand(2, 2, 16, 16)
    assert torch.isfinite(head.loss(feats, samples(targets))['loss_mse'])
    predicted = head.predict(feats, samples(targets))
    assert [p.pred_dynamic_image.shape for p in predicted] == [(2, 16, 16)] * 2
    torch.testing.assert_close(predicted[1].pred_dynamic_image[0], head(feats)[2, 0].sigmoid())


def test_predictions_lie_between_zero_and_one():
    predicted = DynamicImageHead(**TINY).predict(100 * torch.randn(1, 2, 16, 16), samples(torch.zeros(1, 16, 16)))
    image = predicted[0].pred_dynamic_image
    assert image.shape == (16, 16) and image.min() >= 0 and image.max() <= 1


def test_wrong_target_size_and_settings():
    with pytest.raises(ValueError, match='set the frame size'):
        DynamicImageHead(**TINY).loss(torch.rand(1, 2, 16, 16), samples(torch.zeros(1, 8, 8)))
    with pytest.raises(ValueError, match='do not fit'):
        DynamicImageHead(channels=(4, 8), depths=(1,))
