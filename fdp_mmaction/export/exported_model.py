"""The module that is exported: uint8 clips in, predictions out."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor, nn

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.inference import fold_batch_norm
from fdp_mmaction.models import DynamicImageHead, LandmarkHead, MicroExpressionRecognizer, OpticalFlowHead, RankPooling

CLASS, RANK = 'class', 'rank'
"""Names, for users, of the head that is always there and of the scores that a learned :class:`RankPooling` gives."""
CLASS_SCORES, RANK_SCORES = 'class_scores', 'rank_scores'
"""Names of their outputs; that of an auxiliary head is its name in the model."""

FIELDS = {DynamicImageHead: 'pred_dynamic_image', OpticalFlowHead: 'pred_flow', LandmarkHead: 'pred_landmarks'}
"""Auxiliary heads that can be exported, and the field of a data sample that holds what they predict."""


def exportable_heads(model: nn.Module) -> list[str]:
    """What a model can predict beside the class.

    Args:
        model (nn.Module): A :class:`MicroExpressionRecognizer` of grey frames.

    Returns:
        list[str]: ``'rank'`` of a neck that ranks, and the names of the auxiliary heads.

    Raises:
        UsageError: If it is another model.
    """
    if not isinstance(model, MicroExpressionRecognizer) or not model.with_cls_head:
        raise UsageError('Only a MicroExpressionRecognizer with a cls_head can be exported, as FDP and MOL are; this '
                         f'is a {type(model).__name__}.')
    normalises = model.data_preprocessor
    if not normalises._enable_normalize or normalises.mean.numel() != 1 or normalises.format_shape != 'NCTHW':
        raise UsageError('Only models of grey frames can be exported: data_preprocessor needs one value as mean and as '
                         "std, and format_shape='NCTHW'.")
    ranks = isinstance(getattr(model, 'neck', None), RankPooling) and model.neck.scorer is not None
    return [*([RANK] if ranks else []), *model.aux_heads]


def choose_heads(model: nn.Module, wanted: Sequence[str] | None = None) -> list[str]:
    """Heads that a user asks for, in the order of the model.

    Args:
        model (nn.Module): The model.
        wanted (Sequence[str], optional): Their names; ``'class'``, which is always there, may be among them. Defaults
            to None: all.

    Returns:
        list[str]: Without ``'class'``.

    Raises:
        UsageError: If the model has no such head, or model or head are of a kind that cannot be exported.
    """
    there = exportable_heads(model)
    unknown = [name for name in wanted or () if name not in (CLASS, *there)]
    if unknown:
        raise UsageError(f'The model has no head {", ".join(unknown)}; --heads takes {", ".join([CLASS, *there])}.')
    chosen = there if wanted is None else [name for name in there if name in wanted]
    for name in chosen:
        if name != RANK and type(model.aux_heads[name]) not in FIELDS:
            raise UsageError(f'The head {name} is a {type(model.aux_heads[name]).__name__}, which cannot be exported: '
                             f'leave it out by --heads {" ".join(h for h in [CLASS, *there] if h != name)}.')
    return chosen


class ExportedModel(nn.Module):
    """Normalisation, backbone, neck and the heads that are asked for; nothing else of a model.

    Args:
        model (nn.Module): With its trained weights; stays as it is.
        heads (Sequence[str]): As :func:`choose_heads` gives them.
        fold_bn (bool): Fold batch normalisation into the weights, see
            :func:`~fdp_mmaction.inference.fold_batch_norm`. Defaults to True.

    Raises:
        UsageError: If the model is of a kind that cannot be exported.
    """

    def __init__(self, model: nn.Module, heads: Sequence[str], fold_bn: bool = True) -> None:
        super().__init__()
        exportable_heads(model)                         # refuses what cannot be exported
        normalises = model.data_preprocessor
        model = fold_batch_norm(model) if fold_bn else copy.deepcopy(model).eval().requires_grad_(False)
        self.register_buffer('mean', normalises.mean.reshape(()).clone())
        self.register_buffer('std', normalises.std.reshape(()).clone())
        self.backbone = model.backbone
        self.neck = model.neck if model.with_neck else None
        self.cls_head = model.cls_head
        self.ranks = RANK in heads
        self.heads = nn.ModuleDict({name: model.aux_heads[name] for name in heads if name != RANK})

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs, in order."""
        return [CLASS_SCORES, *([RANK_SCORES] if self.ranks else []), *self.heads]

    def forward(self, clips: Tensor) -> dict[str, Tensor]:
        """Predict.

        Args:
            clips (Tensor): ``(N, T, H, W)`` uint8 grey frames, as the test pipeline of the model makes them.

        Returns:
            dict[str, Tensor]: All float32. ``class_scores`` ``(N, K)``, averaged over nothing and otherwise as
            ``predict`` gives them: probabilities, unless the head has ``average_clips='score'``. ``rank_scores``
            ``(N, T)``. Of auxiliary heads what they predict: a dynamic image ``(N, H, W)`` in [0, 1], flow
            ``(N, T - 1, 2, H, W)`` in pixels, landmarks ``(N, T, 68, 2)`` in pixels.
        """
        frames = (clips.unsqueeze(1).float() - self.mean) / self.std                    # (N, 1, T, H, W)
        feats, found = self.backbone(frames), {}
        scores = self.neck.rank_scores(feats) if self.ranks else None
        if self.neck is not None:
            feats, _ = self.neck(feats)
        found[CLASS_SCORES] = self.cls_head.average_clip(self.cls_head(feats).float()).flatten(1)
        if scores is not None:
            found[RANK_SCORES] = scores
        for name, head in self.heads.items():
            if isinstance(head, DynamicImageHead):
                found[name] = head(feats).float().sigmoid().squeeze(1)
            else:
                found[name] = (head(feats, frames) if isinstance(head, OpticalFlowHead) else head(feats)).float()
        return found
