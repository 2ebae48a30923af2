"""What all heads that classify MEs share: their losses and predictions."""

from __future__ import annotations

import torch
from mmaction.models.heads import BaseHead
from torch import Tensor, nn


class MEClassificationHead(BaseHead):
    """Cross entropy, accuracy and predictions from logits; subclasses make the logits.

    Accuracy is logged as ``top1_acc`` without leaving the device; with 3 to 7 classes top-5 says nothing.

    Args:
        num_classes (int): Number K of classes of the protocol.
        in_channels (int): Channels of what is classified.
        loss_cls (dict, optional): Classification loss. Defaults to cross entropy.
        average_clips (str): How scores of several clips of one ME are joined, ``'prob'`` or ``'score'``.
            Defaults to ``'prob'``.
        label_smooth_eps (float): Label smoothing in [0, 1). Defaults to 0.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.
    """

    def __init__(self, num_classes: int, in_channels: int, loss_cls: dict | None = None, average_clips: str = 'prob',
                 label_smooth_eps: float = 0.0, init_cfg: dict | None = None) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls or dict(type='CrossEntropyLoss'),
                         average_clips=average_clips, label_smooth_eps=label_smooth_eps, topk=1, init_cfg=init_cfg)

    def loss_by_feat(self, cls_scores: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Classification loss and accuracy.

        Args:
            cls_scores (Tensor): ``(N * num_clips, K)`` logits.
            data_samples (list[ActionDataSample]): N samples with ``gt_label`` ``(1,)`` or soft labels ``(K,)``.

        Returns:
            dict[str, Tensor]: ``loss_cls`` and, for hard labels, ``top1_acc``.
        """
        cls_scores = cls_scores.float()
        labels = torch.stack([sample.gt_label for sample in data_samples]).to(cls_scores.device)
        labels = labels.repeat_interleave(len(cls_scores) // len(labels), dim=0)
        losses = {}
        if labels.size(1) == 1:
            labels = labels.squeeze(1)                                                  # (N * num_clips,)
            losses['top1_acc'] = (cls_scores.detach().argmax(dim=1) == labels).float().mean()
            if self.label_smooth_eps:
                labels = nn.functional.one_hot(labels, self.num_classes)
        if self.label_smooth_eps:
            labels = (1 - self.label_smooth_eps) * labels + self.label_smooth_eps / self.num_classes
        weight = getattr(self.loss_cls, 'class_weight', None)
        if isinstance(weight, Tensor):      # MMAction2's losses would copy it to the device in every step
            self.loss_cls.class_weight = weight.to(cls_scores.device)
        losses['loss_cls'] = self.loss_cls(cls_scores, labels)
        return losses

    def predict_by_feat(self, cls_scores: Tensor, data_samples: list) -> list:
        """Set ``pred_score`` ``(K,)`` and ``pred_label`` ``(1,)`` on each sample, averaged over its clips."""
        return super().predict_by_feat(cls_scores.float(), data_samples)
