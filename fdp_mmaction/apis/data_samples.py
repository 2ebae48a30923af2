"""Predictions in MMAction2's own form."""

from __future__ import annotations

import torch
from mmaction.structures import ActionDataSample

from .prediction import VideoPrediction

_FIELDS = dict(rank_scores='pred_rank_scores', dynamic_image='pred_dynamic_image', flow='pred_flow',
               landmarks='pred_landmarks')


def to_datasamples(video: VideoPrediction) -> list[ActionDataSample]:
    """The clips of a video as data samples.

    Args:
        video (VideoPrediction): What a model says of a video.

    Returns:
        list[ActionDataSample]: One for each clip, with ``pred_score`` ``(K,)``, ``pred_label`` ``(1,)``, what heads
        predicted, and ``sample_id``, ``onset``, ``offset`` and ``frame_inds`` as meta information. Empty after an
        error.
    """
    samples = []
    for clip in video.clips:
        sample = ActionDataSample(metainfo=dict(sample_id=video.source, onset=clip.onset, offset=clip.offset,
                                                frame_inds=clip.frames))
        sample.set_pred_score(torch.from_numpy(clip.scores))
        sample.set_pred_label(clip.label)
        for name, field in _FIELDS.items():
            value = getattr(clip, name)
            if value is not None:
                sample.set_field(torch.from_numpy(value), field)
        samples.append(sample)
    return samples
