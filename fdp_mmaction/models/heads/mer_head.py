"""The micro-expression recognition (MER) head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.models.heads import BaseHead
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from fdp_mmaction.registry import MODELS


@MODELS.register_module()
class MERHead(BaseHead):
    """Classify a dynamic representation: (convolutions,) max-pool, linear, ReLU, linear (FDP, arXiv 2509.06015).

    The released head has no convolutions: all of them come before the pooling over time, where a frame is seen and
    no motion. Behind it, on the dynamic representation, they are cheap, since there is one per clip.

    Accuracy is logged as ``top1_acc`` without leaving the device; with 3 to 7 classes top-5 says nothing.

    Args:
        num_classes (int): Number K of classes of the protocol.
        in_channels (int): Channels of the representation. Defaults to 8.
        map_size (int): Its side S. Defaults to 64.
        conv_channels (Sequence[int]): Widths of 3x3 convolutions with stride 2, BN and ReLU in front. Defaults to
            none, as released.
        pool (int): Window of the max-pooling. Defaults to 3.
        hidden_channels (int): Width of the hidden layer. Defaults to 256.
        dropout (float): Probability in [0, 1) before the last layer. Defaults to 0.
        loss_cls (dict, optional): Classification loss. Defaults to cross entropy.
        average_clips (str): How scores of several clips of one ME are joined, ``'prob'`` or ``'score'``.
            Defaults to ``'prob'``.
        label_smooth_eps (float): Label smoothing in [0, 1). Defaults to 0.
        init_cfg (dict, optional): Initialisation. Defaults to None, PyTorch's own.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int = 8,
                 map_size: int = 64,
                 conv_channels: Sequence[int] = (),
                 pool: int = 3,
                 hidden_channels: int = 256,
                 dropout: float = 0.0,
                 loss_cls: dict | None = None,
                 average_clips: str = 'prob',
                 label_smooth_eps: float = 0.0,
                 init_cfg: dict | None = None) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls or dict(type='CrossEntropyLoss'),
                         average_clips=average_clips,
                         label_smooth_eps=label_smooth_eps, topk=1, init_cfg=init_cfg)
        convolutions: list[nn.Module] = []
        width, side = in_channels, map_size
        for channels in conv_channels:
            convolutions.append(ConvModule(width, channels, 3, stride=2, padding=1, norm_cfg=dict(type='BN')))
            width, side = channels, (side + 1) // 2
        self.convolutions = nn.Sequential(*convolutions)
        self.classifier = nn.Sequential(
            nn.MaxPool2d(pool),
            nn.Flatten(),
            nn.Linear(width * (side // pool) ** 2, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, num_classes),
        )

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        """Class scores.

        Args:
            x (Tensor): ``(N, C, S, S)`` dynamic representation.

        Returns:
            Tensor: ``(N, K)`` logits.
        """
        return self.classifier(self.convolutions(x))

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
        losses['loss_cls'] = self.loss_cls(cls_scores, labels)
        return losses

    def predict_by_feat(self, cls_scores: Tensor, data_samples: list) -> list:
        """Set ``pred_score`` ``(K,)`` and ``pred_label`` ``(1,)`` on each sample, averaged over its clips."""
        return super().predict_by_feat(cls_scores.float(), data_samples)
