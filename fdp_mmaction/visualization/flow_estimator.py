"""The flow and the landmarks that a trained model finds in a prepared clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fdp_mmaction.datasets.transforms.geometry import FLOW_FIELDS
from fdp_mmaction.errors import DatasetError

from .clip_model import ClipModel
from .flow_view import PREDICTED, TITLES, FlowView


class FlowEstimator:
    """A trained model, and the test pipeline in front of it.

    Args:
        checkpoint (str | Path): The weights.
        config (str | Path, optional): Their configuration. Defaults to None, the one that training left beside the
            checkpoint.

    Raises:
        CheckpointError: If the checkpoint cannot be loaded, or is not of this configuration.
        DatasetError: If there is no configuration.
    """

    def __init__(self, checkpoint: str | Path, config: str | Path | None = None) -> None:
        self._model = ClipModel(checkpoint, config, flow=True)
        self._titles = {step.get('field', FLOW_FIELDS[0]): TITLES[step.get('method', 'tvl1')]
                        for step in self._model.cfg.test_dataloader.dataset.pipeline if step.type == 'FlowTarget'}

    @torch.no_grad()
    def __call__(self, record: Mapping[str, Any]) -> FlowView:
        """Estimate the flow of the first clip that the test pipeline samples.

        Args:
            record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.

        Returns:
            FlowView: Frames as they enter the network, with targets and predictions on them; exact flow comes first.

        Raises:
            DatasetError: If the model estimates neither flow nor landmarks, or the clip cannot be read.
        """
        inputs, sample = self._model.pack(record)
        inputs = inputs[:1]                                                             # (1, 1, T, H, W)
        [sample] = self._model.model.predict(self._model.normalise(inputs), [sample])
        frames = inputs[0, 0].numpy()
        flows = {self._titles[name]: _first(sample.get(name), 4) for name in reversed(FLOW_FIELDS) if name in sample
                 and name in self._titles}
        if 'pred_flow' in sample:
            flows[PREDICTED] = _first(sample.pred_flow, 4)
        landmarks = {}
        if 'gt_landmarks' in sample:
            landmarks['true'] = _first(sample.gt_landmarks, 3)[:len(frames)]
        if 'pred_landmarks' in sample:
            landmarks[PREDICTED] = _first(sample.pred_landmarks, 3)
        if PREDICTED not in {**flows, **landmarks}:
            raise DatasetError(f'The model of {self._model.path} estimates neither flow nor landmarks: use one with '
                               'such aux_heads, such as configs/mol_synthetic.py.')
        ids = np.asarray(record['frame_ids'])[np.asarray(sample.frame_inds)[:len(frames)]]
        return FlowView(str(record['sample_id']), frames, ids, flows, landmarks, str(record.get('emotion', '')))


def _first(values: torch.Tensor, axes: int) -> np.ndarray:
    """Those of the first clip, if there are several."""
    return (values if values.ndim == axes else values[0]).float().numpy()
