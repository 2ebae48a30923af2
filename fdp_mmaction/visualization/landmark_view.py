"""The landmarks of a clip: those stored, and those that a trained model finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from fdp_mmaction.datasets.transforms import LoadPackedFrames, SampleMEFrames
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.models import LandmarkHead
from .clip_model import ClipModel
from .flow_view import PREDICTED, FlowView


def view_landmarks(record: Mapping[str, Any], num_frames: int = 8) -> FlowView:
    """The stored landmarks of evenly spread frames.

    Args:
        record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.
        num_frames (int): Frames T, at least 2. Defaults to 8.

    Returns:
        FlowView: Without flow.

    Raises:
        DatasetError: If the clip cannot be read, or was prepared without landmarks.
    """
    results = LoadPackedFrames(with_landmarks=True)(SampleMEFrames(num_frames)(dict(record)))
    ids = np.asarray(record['frame_ids'])[results['frame_inds']]
    return FlowView(str(record['sample_id']), results['imgs'], ids, {}, {'true': results['landmarks']},
                    str(record.get('emotion', '')))


@torch.no_grad()
def predict_landmarks(model: ClipModel, record: Mapping[str, Any]) -> FlowView:
    """The landmarks that a model finds in the frames that its test pipeline samples.

    Args:
        model (ClipModel): With a :class:`~fdp_mmaction.models.LandmarkHead`.
        record (Mapping): As for :func:`view_landmarks`.

    Returns:
        FlowView: The first clip, with true landmarks where the pipeline loads them.

    Raises:
        DatasetError: If the model finds no landmarks, or the clip cannot be read.
    """
    heads = [head for head in model.model.aux_heads.values() if isinstance(head, LandmarkHead)]
    if not heads:
        raise DatasetError(f'The model of {model.path} finds no landmarks: use one with a LandmarkHead among its '
                           'aux_heads, such as configs/mol_synthetic.py, or leave --checkpoint out.')
    inputs, sample = model.pack(record)
    inputs = inputs[:1]
    feats, _ = model.model.extract_feat(model.normalise(inputs))
    landmarks = {PREDICTED: heads[0](feats)[0].numpy()}
    frames = inputs[0, 0].numpy()
    if 'gt_landmarks' in sample:
        true = sample.gt_landmarks.reshape(-1, 68, 2)[:len(frames)].float().numpy()
        landmarks = {'true': true, **landmarks}
    ids = np.asarray(record['frame_ids'])[np.asarray(sample.frame_inds)[:len(frames)]]
    return FlowView(str(record['sample_id']), frames, ids, {}, landmarks, str(record.get('emotion', '')))
