from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import torch
from mmaction.models.losses import CrossEntropyLoss

from fdp_mmaction.engine.hooks.class_weight_hook import ClassWeightHook, inverse_frequency


class Labels:
    """A dataset of labels."""

    def __init__(self, labels: list[int]) -> None:
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def get_data_info(self, index: int) -> dict:
        return dict(label=self.labels[index])


def runner(labels: list[int], num_classes: int) -> SimpleNamespace:
    head = SimpleNamespace(num_classes=num_classes, loss_cls=CrossEntropyLoss())
    return SimpleNamespace(model=SimpleNamespace(cls_head=head), logger=logging.getLogger('test'),
                           train_dataloader=SimpleNamespace(dataset=Labels(labels)))


def test_every_class_weighs_the_same() -> None:
    counts = torch.tensor([8, 2, 0, 10])
    weights = inverse_frequency(counts)
    assert torch.allclose(counts * weights, torch.tensor([20 / 3, 20 / 3, 0, 20 / 3]))
    assert torch.equal(inverse_frequency(torch.tensor([4, 4])), torch.ones(2))


def test_the_loss_uses_the_training_part() -> None:
    run = runner([0, 0, 0, 1], num_classes=2)
    scores = torch.tensor([[2.0, 0.0]] * 4)
    labels = torch.tensor([0, 0, 0, 1])
    before = run.model.cls_head.loss_cls(scores, labels)
    ClassWeightHook().before_train(run)
    single = torch.nn.functional.cross_entropy(scores, labels, reduction='none')
    after = run.model.cls_head.loss_cls(scores, labels)
    assert float(after) == pytest.approx(float((single[0] + single[3]) / 2)) and float(after) > float(before)


def test_power_softens() -> None:
    run = runner([0, 0, 0, 1], num_classes=2)
    ClassWeightHook(power=0.5).before_train(run)
    assert torch.allclose(run.model.cls_head.loss_cls.class_weight, inverse_frequency(torch.tensor([3, 1])) ** 0.5)
