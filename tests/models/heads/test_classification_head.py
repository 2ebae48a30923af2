import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import ClipMERHead, MERHead
from fdp_mmaction.models.heads.classification_head import MEClassificationHead


def test_both_heads_share_losses_and_predictions():
    heads = [MERHead(3, map_size=16), ClipMERHead(3, 8, map_size=8)]
    assert all(isinstance(head, MEClassificationHead) for head in heads)
    logits = torch.randn(4, 3)
    samples = [ActionDataSample().set_gt_label(label) for label in (0, 2)]      # two clips each
    losses = [head.loss_by_feat(logits, samples) for head in heads]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 0, 2, 2]))
    for loss in losses:
        assert set(loss) == {'loss_cls', 'top1_acc'} and loss['loss_cls'].item() == pytest.approx(expected.item())
    scores = [torch.stack([s.pred_score for s in head.predict_by_feat(logits, samples)]) for head in heads]
    assert torch.equal(*scores)
