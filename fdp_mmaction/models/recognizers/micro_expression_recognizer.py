"""The recognizer: MMAction2's contract plus auxiliary heads."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.models.recognizers import BaseRecognizer
from torch import Tensor, nn

from fdp_mmaction.functional.uncertainty_weighting import uncertainty_weighted
from fdp_mmaction.registry import MODELS

CLASS = 'cls_head'
"""The class among the tasks that are weighted."""


@MODELS.register_module()
class MicroExpressionRecognizer(BaseRecognizer):
    """Backbone, neck, classification head, and any number of named auxiliary heads.

    Keeps the ``loss | predict | tensor`` contract of :class:`mmaction.models.BaseRecognizer`, so MMAction2's
    tools, hooks and metrics work unchanged. All heads share the features that leave the neck. Losses of an
    auxiliary head are logged as ``<name>.<loss>``; its predictions go onto the data samples.

    Args:
        backbone (dict): ``(N, C, T, H, W)`` -> frame features ``(N, C', T, H', W')``.
        neck (dict, optional): Features -> ``(dynamic representation, auxiliary losses)``. Defaults to None.
        cls_head (dict, optional): Classification head. Defaults to None.
        aux_heads (dict[str, dict | None], optional): Auxiliary heads by name; each has
            ``loss(feats, data_samples)`` and ``predict(feats, data_samples)``. A head whose attribute ``needs_frames``
            is true is also given ``frames``, the input of the backbone. A name whose value is None is no head, so that
            a config can leave out one that it inherits. Defaults to None.
        train_cfg (dict, optional): Unused, for MMAction2's configs. Defaults to None.
        test_cfg (dict, optional): ``dict(aux_heads=[...])`` names the auxiliary heads that predict; what the others
            would cost is saved. Defaults to None: all of them.
        data_preprocessor (dict, optional): Normalisation. Defaults to MMAction2's stacking only.
        channels_last (bool): Keep the weights of 2-D convolutions, and with them the feature maps, in channels-last
            memory order; same sums, another speed. Defaults to False.
        uncertainty_weighting (bool): Learn a weight ``exp(-s)`` for each task, that is for the class and for each
            auxiliary head, on top of its fixed ``loss_weight``. What is minimised is ``sum exp(-s) L + s`` over the
            tasks, see :func:`~fdp_mmaction.functional.uncertainty_weighting.uncertainty_weighted`; losses of the neck
            are added as they are. All s begin at 0. Defaults to False.

    Raises:
        ValueError: If ``test_cfg`` names a head that is not there, or there is no task to weigh.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict | None = None,
                 cls_head: dict | None = None,
                 aux_heads: dict | None = None,
                 train_cfg: dict | None = None,
                 test_cfg: dict | None = None,
                 data_preprocessor: dict | None = None,
                 channels_last: bool = False,
                 uncertainty_weighting: bool = False) -> None:
        super().__init__(backbone, cls_head=cls_head, neck=neck, train_cfg=train_cfg, test_cfg=test_cfg,
                         data_preprocessor=data_preprocessor)
        self.aux_heads = nn.ModuleDict({name: MODELS.build(head) for name, head in (aux_heads or {}).items()
                                        if head is not None})
        self.predicting = list((test_cfg or {}).get('aux_heads', self.aux_heads))
        unknown = [name for name in self.predicting if name not in self.aux_heads]
        if unknown:
            raise ValueError(f'test_cfg asks for predictions of {", ".join(unknown)}; the auxiliary heads are '
                             f'{", ".join(self.aux_heads) or "none"}.')
        self.log_variances = None
        if uncertainty_weighting:
            tasks = [*([CLASS] if self.with_cls_head else []), *self.aux_heads]
            if not tasks:
                raise ValueError('uncertainty_weighting weighs tasks, but the model has no head.')
            self.log_variances = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in tasks})
        if channels_last:
            for weight in self.parameters():
                if weight.dim() == 4:                               # of a 2-D convolution: (C_out, C_in, kH, kW)
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)

    def extract_feat(self,
                     inputs: Tensor,
                     stage: str = 'neck',
                     data_samples: list | None = None,
                     test_mode: bool = False) -> tuple[Tensor, dict]:
        """Features of a batch.

        Args:
            inputs (Tensor): ``(N, num_clips, C, T, H, W)``.
            stage (str): ``'backbone'``, ``'neck'`` or ``'head'``: where to stop. Defaults to ``'neck'``.
            data_samples (list, optional): Given in training, where the neck computes its losses.
            test_mode (bool): Prediction: no auxiliary losses. Defaults to False.

        Returns:
            tuple[Tensor, dict]: Features of ``N * num_clips`` clips; ``{'loss_aux': ...}`` when the neck has
            losses, else empty.
        """
        feats = self.backbone(inputs.flatten(0, 1))                 # (N * num_clips, C', T, H', W')
        extra: dict = {}
        if stage == 'backbone':
            return feats, extra
        if self.with_neck:
            feats, loss_aux = self.neck(feats, data_samples=None if test_mode else data_samples)
            if loss_aux:
                extra['loss_aux'] = loss_aux
        if stage == 'head' and self.with_cls_head:
            return self.cls_head(feats), extra
        return feats, extra

    def loss(self, inputs: Tensor, data_samples: list, **kwargs) -> dict[str, Tensor]:
        """All losses of a batch.

        Args:
            inputs (Tensor): ``(N, num_clips, C, T, H, W)``, normalised.
            data_samples (list[ActionDataSample]): N samples with their targets.

        Returns:
            dict[str, Tensor]: ``loss_cls``, the neck's losses, and ``<name>.<loss>`` of each auxiliary head. With
            ``uncertainty_weighting`` these stay as they are, and there are also the learned weights, ``weight_cls`` and
            ``<name>.weight``, and ``loss_uncertainty``: what the weighting adds to the sum of the losses.
        """
        feats, extra = self.extract_feat(inputs, data_samples=data_samples)
        losses = dict(extra.get('loss_aux', {}))
        tasks = {}
        if self.with_cls_head:
            tasks[CLASS] = self.cls_head.loss(feats, data_samples)
            losses.update(tasks[CLASS])
        for name, head in self.aux_heads.items():
            tasks[name] = head.loss(feats, data_samples, **self._beside_features(head, inputs.flatten(0, 1)))
            losses.update({f'{name}.{key}': value for key, value in tasks[name].items()})
        if self.log_variances is not None:
            losses.update(self._uncertainty(tasks))
        return losses

    def _uncertainty(self, tasks: dict[str, dict[str, Tensor]]) -> dict[str, Tensor]:
        # The host adds up whatever is called a loss, so the plain losses can be logged and the weighted ones learned
        plain = [sum(value for key, value in losses.items() if 'loss' in key) for losses in tasks.values()]
        log_variances = [self.log_variances[name] for name in tasks]
        weights = {'weight_cls' if name == CLASS else f'{name}.weight': (-s.detach()).exp()
                   for name, s in zip(tasks, log_variances)}
        return dict(weights, loss_uncertainty=uncertainty_weighted(plain, log_variances) - sum(plain))

    @staticmethod
    def _beside_features(head: nn.Module, frames: Tensor | None) -> dict[str, Tensor | None]:
        return {'frames': frames} if getattr(head, 'needs_frames', False) else {}

    def predict(self, inputs: Tensor, data_samples: list, heads: Sequence[str] | None = None, **kwargs) -> list:
        """Predictions of a batch.

        Args:
            inputs (Tensor): ``(N, num_clips, C, T, H, W)``, normalised.
            data_samples (list[ActionDataSample]): N samples.
            heads (Sequence[str], optional): Auxiliary heads that predict. Defaults to None: those of ``test_cfg``.

        Returns:
            list[ActionDataSample]: The samples with ``pred_score``, ``pred_label`` and what the neck and the
            auxiliary heads predict.
        """
        feats, _ = self.extract_feat(inputs, stage='backbone')
        return self.predict_features(feats, data_samples, heads, inputs.flatten(0, 1))

    def predict_features(self, feats: Tensor, data_samples: list, heads: Sequence[str] | None = None,
                         frames: Tensor | None = None) -> list:
        """Predictions from what the backbone makes of a batch.

        Args:
            feats (Tensor): ``(N * num_clips, C', T, H', W')``.
            data_samples (list[ActionDataSample]): N samples.
            heads (Sequence[str], optional): Auxiliary heads that predict. Defaults to None: those of ``test_cfg``.
            frames (Tensor, optional): ``(N * num_clips, C, T, H, W)``, the input of the backbone, for heads that need
                it. Defaults to None.

        Returns:
            list[ActionDataSample]: As of :meth:`predict`.
        """
        if self.with_neck:
            if hasattr(self.neck, 'predict'):
                data_samples = self.neck.predict(feats, data_samples)
            feats, _ = self.neck(feats)
        if self.with_cls_head:
            data_samples = self.cls_head.predict(feats, data_samples)
        for name in self.predicting if heads is None else heads:
            head = self.aux_heads[name]
            data_samples = head.predict(feats, data_samples, **self._beside_features(head, frames))
        return data_samples
