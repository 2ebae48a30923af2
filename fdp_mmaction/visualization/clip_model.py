"""A trained model with the test pipeline in front of it, to look inside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmaction.structures import ActionDataSample
from mmengine.registry import DefaultScope
from torch import Tensor

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.models import MicroExpressionRecognizer
from fdp_mmaction.registry import DATASETS, MODELS, TRANSFORMS
from .trained_model import load_weights, read_trained_config

_FLOW, _LOAD, _RESIZE = 'FlowTarget', 'LoadPackedFrames', 'ResizeFrames'


class ClipModel:
    """A trained model that takes records of prepared folders, on the CPU.

    Args:
        checkpoint (str | Path): The weights.
        config (str | Path, optional): Their configuration. Defaults to None, the one that training left beside the
            checkpoint.
        flow (bool): Let the pipeline make the flow that it makes in testing, which may take seconds a clip.
            Defaults to False.
        landmarks (bool, optional): Whether it loads landmarks. Defaults to None, as in testing.

    Attributes:
        path (Path): Of the configuration.
        cfg (Config): The configuration.
        model (MicroExpressionRecognizer): In evaluation mode.
        protocol (Protocol): Its classes.

    Raises:
        CheckpointError: If the checkpoint cannot be loaded, or is not of this configuration.
        DatasetError: If there is no configuration, or its model is none of this package.
    """

    def __init__(self, checkpoint: str | Path, config: str | Path | None = None, flow: bool = False,
                 landmarks: bool | None = None) -> None:
        self.path, self.cfg = read_trained_config(checkpoint, config)
        dataset = self.cfg.test_dataloader.dataset
        steps = [dict(step) for step in dataset.pipeline if flow or step.type != _FLOW]
        for step in steps:
            if step['type'] == _LOAD and landmarks is not None:
                step['with_landmarks'] = landmarks
        with DefaultScope.overwrite_default_scope(self.cfg.get('default_scope', 'mmaction')):
            self.model = MODELS.build(self.cfg.model).eval()
            self._steps = [(step['type'], TRANSFORMS.build(step)) for step in steps]
        if not isinstance(self.model, MicroExpressionRecognizer):
            raise DatasetError(f'The model of {self.path} is a {type(self.model).__name__}: only a '
                               'MicroExpressionRecognizer, FDP or MOL, can be looked into.')
        self.protocol = DATASETS.get(dataset.type).resolve_protocol(dataset.get('protocol', '5-class'))
        load_weights(self.model, checkpoint)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Subjects that the configuration leaves out of training."""
        subjects = self.cfg.test_dataloader.dataset.get('test_subject') or ()
        return (subjects,) if isinstance(subjects, str) else tuple(subjects)

    def require_classes(self) -> None:
        """Refuse a model without a class head.

        Raises:
            DatasetError: If it has none.
        """
        if not self.model.with_cls_head:
            raise DatasetError(f'The model of {self.path} tells no classes (cls_head=None): use one that does.')

    def pack(self, record: Mapping[str, Any], full_size: bool = False) -> tuple[Tensor, ActionDataSample]:
        """What the test pipeline makes of a clip.

        Args:
            record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.
            full_size (bool): Leave out the resizing, so that the same view has the pixels of the prepared folder.
                Defaults to False.

        Returns:
            tuple[Tensor, ActionDataSample]: Frames ``(M, 1, T, H, W)`` uint8 of M clips, and the targets. The label is
            that of the protocol; -1 where the protocol leaves the emotion out.

        Raises:
            DatasetError: If the clip cannot be read.
        """
        label = self.protocol.label(str(record.get('emotion', '')))
        results: dict[str, Any] = dict(record, label=-1 if label is None else label)
        for name, step in self._steps:
            if not (full_size and name == _RESIZE):
                results = step(results)
        return results['inputs'], results['data_samples']

    def normalise(self, inputs: Tensor) -> Tensor:
        """Frames as they enter the backbone: ``(M, 1, T, H, W)`` uint8 -> ``(1, M, 1, T, H, W)``."""
        return self.model.data_preprocessor(dict(inputs=[inputs], data_samples=None), training=False)['inputs']

    def logits(self, inputs: Tensor) -> Tensor:
        """Class scores: ``(N, M, 1, T, H, W)``, normalised -> ``(N * M, K)`` float32."""
        return self.model.extract_feat(inputs, stage='head')[0].float()

    @torch.no_grad()
    def probabilities(self, inputs: Tensor) -> Tensor:
        """Probabilities of the classes, averaged over clips: ``(M, 1, T, H, W)`` uint8 -> ``(K,)``."""
        return self.logits(self.normalise(inputs)).softmax(dim=1).mean(dim=0)
