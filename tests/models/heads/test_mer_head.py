import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import MERHead


def samples(labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def test_loss_is_cross_entropy_and_accuracy_stays_a_tensor():
    head, logits = MERHead(5, map_size=16), torch.randn(4, 5)
    losses = head.loss_by_feat(logits, samples([0, 1, 2, 4]))
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 4]))
    torch.testing.assert_close(losses['loss_cls'], expected)
    assert losses['top1_acc'] == (logits.argmax(dim=1) == torch.tensor([0, 1, 2, 4])).float().mean()


def test_one_sample_and_several_clips_of_it():
    head = MERHead(3, map_size=16)
    assert head.loss(torch.rand(1, 8, 16, 16), samples([2]))['loss_cls'].ndim == 0
    losses = head.loss_by_feat(torch.eye(3)[[1, 1, 0, 2]] * 9, samples([1, 0]))     # two clips each
    assert losses['top1_acc'] == pytest.approx(0.75)


def test_label_smoothing_matches_pytorch():
    logits = torch.randn(6, 4)
    losses = MERHead(4, map_size=16, label_smooth_eps=0.1).loss_by_feat(logits, samples([0, 1, 2, 3, 0, 1]))
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 3, 0, 1]), label_smoothing=0.1)
    torch.testing.assert_close(losses['loss_cls'], expected)


def test_predictions_average_the_clips_of_an_me():
    head, logits = MERHead(3, map_size=16), torch.randn(4, 3)
    predicted = head.predict_by_feat(logits, samples([0, 1]))
    expected = logits.softmax(dim=1).view(2, 2, 3).mean(dim=1)
    torch.testing.assert_close(torch.stack([p.pred_score for p in predicted]), expected)
    assert [p.pred_label.item() for p in predicted] == expected.argmax(dim=1).tolist()


def test_half_precision_scores_are_accepted():
    head = MERHead(3, map_size=16)
    losses = head.loss_by_feat(torch.randn(2, 3).bfloat16(), samples([0, 1]))
    assert losses['loss_cls'].dtype == torch.float32
    assert head.predict_by_feat(torch.randn(2, 3).bfloat16(), samples([0, 1]))[0].pred_score.dtype == torch.float32


def test_convolutions_in_front_halve_the_map():
    head = MERHead(3, in_channels=8, map_size=17, conv_channels=(6, 12), pool=2)
    assert [conv.conv.out_channels for conv in head.convolutions] == [6, 12]
    assert head.classifier[2].in_features == 12 * (5 // 2) ** 2      # 17 -> 9 -> 5
    assert head(torch.rand(2, 8, 17, 17)).shape == (2, 3)
    assert not list(MERHead(3, map_size=16).convolutions)      # off by default, as released
