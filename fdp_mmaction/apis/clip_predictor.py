"""From aligned faces to what a model says of them: of the whole, or of windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import nn

from fdp_mmaction.engine.hooks.split_normalisation_hook import split_constants
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.inference import predict_windows
from fdp_mmaction.models.backbones import F5CNet, LGFATransformer
from fdp_mmaction.models.recognizers import MicroExpressionRecognizer

from .aligned_video import AlignedVideo
from .memory_pipeline import MemoryPipeline, PackedClips
from .prediction import ClipPrediction
from .window_plan import WindowPlan

BY_PART = 'normalised by the mean and the maximum of this video, as training did with each part of the data'
"""What should be known of predictions with ``by_part``."""
_FIELDS = dict(rank_scores=('pred_rank_scores', 1), dynamic_image=('pred_dynamic_image', 2), flow=('pred_flow', 4),
               landmarks=('pred_landmarks', 3))
"""Attribute of a prediction -> field of a data sample, and its axes for one clip."""


class ClipPredictor:
    """A trained model, and the test pipeline in front of it.

    Args:
        model (nn.Module): In evaluation mode.
        pipeline (MemoryPipeline): The test pipeline.
        classes (Sequence[str]): Names of the K classes.
        by_part (bool): Normalise by mean and maximum of what the model sees of a video, as ``SplitNormalisationHook``
            does with a part of the data. Defaults to False: by the constants of the model.
    """

    def __init__(self, model: nn.Module, pipeline: MemoryPipeline, classes: Sequence[str], by_part: bool = False
                 ) -> None:
        self.model = model
        self.pipeline = pipeline
        self.classes = tuple(classes)
        self.by_part = by_part
        self.shares_frames = pipeline.shares_frames and isinstance(model, MicroExpressionRecognizer) and isinstance(
            model.backbone, (LGFATransformer, F5CNet))
        """Whether the windows of a video share the maps of their frames."""

    def check_heads(self, heads: Sequence[str] | None) -> None:
        """Refuse heads that the model has not.

        Args:
            heads (Sequence[str], optional): Names of auxiliary heads.

        Raises:
            DatasetError: If one is unknown.
        """
        known = list(getattr(self.model, 'aux_heads', {}))
        unknown = [name for name in heads or () if name not in known]
        if unknown:
            raise DatasetError(f'The model has no head {", ".join(unknown)}: its auxiliary heads are '
                               f'{", ".join(known) or "none"}.')

    def whole(self, video: AlignedVideo, heads: Sequence[str] | None = None) -> ClipPrediction:
        """Predict for all frames, as one ME.

        Args:
            video (AlignedVideo): The faces.
            heads (Sequence[str], optional): Auxiliary heads that predict. Defaults to None: those of ``test_cfg``.

        Returns:
            ClipPrediction: With images, and what the heads predict.

        Raises:
            DatasetError: If there are too few frames.
        """
        order = video.order
        if len(order) < 2 and not self.pipeline.looks_at_one_frame:
            raise DatasetError(f'{video.source} has one frame here, and a micro-expression is a movement: give at '
                               'least two.')
        apex = None if video.apex is None else int(np.searchsorted(
            video.frame_ids[order], video.apex).clip(max=len(order) - 1))
        positions = self.pipeline.sample(video.source, len(order), apex)                # (M, T)
        rows = order[positions]
        packed = self.pipeline.pack(video.name, video.frames[rows.ravel()], positions)
        self._normalise_by([packed])
        [sample] = self._predict([packed], heads)
        score, fields = _taken(sample)
        return self._clip(video, rows, (order[0], order[-1]), self._probabilities(score), fields, len(rows),
                          packed.images[:rows.shape[1]])

    def windows(self, video: AlignedVideo, plan: WindowPlan, heads: Sequence[str] = (), batch_size: int = 32
                ) -> list[ClipPrediction]:
        """Predict for windows; where possible every frame passes the backbone once.

        Args:
            video (AlignedVideo): The faces.
            plan (WindowPlan): Which windows.
            heads (Sequence[str]): Auxiliary heads that predict. Defaults to none.
            batch_size (int): Windows that pass the model together. Defaults to 32.

        Returns:
            list[ClipPrediction]: In the order of time, without images.

        Raises:
            DatasetError: If the video is shorter than a window.
        """
        starts, length = plan.starts(len(video.order), video.rate, video.source)
        pattern = self.pipeline.sample(video.source, length)                            # (M, T)
        rows = video.order[starts[:, None, None] + pattern]                             # (W, M, T)
        ends = np.stack((video.order[starts], video.order[starts + length - 1]), axis=1)
        if self.by_part:
            self._normalise_by([self.pipeline.pack(video.name, video.frames[clip.ravel()], pattern) for clip in rows])
        found = self._shared(video, rows, heads, batch_size) if self.shares_frames else self._apart(
            video, rows, pattern, heads, batch_size)
        return [self._clip(video, clip_rows, (first, last), score, fields, len(pattern), None)
                for clip_rows, (first, last), (score, fields) in zip(rows, ends, found)]

    def _shared(self, video: AlignedVideo, rows: np.ndarray, heads: Sequence[str], batch_size: int
                ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        # sorted by first frame, and no clip twice: the offsets of one window may be those of another
        clips, where = np.unique(rows.reshape(-1, rows.shape[2]), axis=0, return_inverse=True)
        where = where.reshape(rows.shape[:2])                                           # (W, M)
        found = predict_windows(self.model, self.pipeline.geometry(video.frames), clips, heads, batch_size)
        scores = found.pop('pred_score')[where].mean(axis=1)                            # (W, K)
        for score, (first, *_) in zip(scores, where):
            yield self._probabilities(score), {name: found[field][first] for name, (field, _) in _FIELDS.items()
                                               if field in found}

    def _apart(self, video: AlignedVideo, rows: np.ndarray, pattern: np.ndarray, heads: Sequence[str], batch_size: int
               ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        for begin in range(0, len(rows), batch_size):
            packed = [self.pipeline.pack(video.name, video.frames[clip.ravel()], pattern)
                      for clip in rows[begin:begin + batch_size]]
            for sample in self._predict(packed, heads):
                score, fields = _taken(sample)
                yield self._probabilities(score), fields

    def _normalise_by(self, packed: Sequence[PackedClips]) -> None:
        if self.by_part:
            mean, scale = split_constants([dict(inputs=one.inputs) for one in packed])
            self.model.data_preprocessor.mean.fill_(mean)
            self.model.data_preprocessor.std.fill_(scale)

    @torch.no_grad()
    def _predict(self, packed: Sequence[PackedClips], heads: Sequence[str] | None) -> list[ActionDataSample]:
        data = self.model.data_preprocessor(dict(inputs=[one.inputs for one in packed],
                                                 data_samples=[one.data_sample for one in packed]), False)
        options: dict[str, Any] = dict(heads=heads) if isinstance(self.model, MicroExpressionRecognizer) else {}
        return self.model.predict(**data, **options)

    def _probabilities(self, score: np.ndarray) -> np.ndarray:
        """Of what a head that averages probabilities, scores or nothing left: ``(K,)`` float32."""
        average = getattr(self.model.cls_head, 'average_clips', 'prob')
        if average != 'prob':
            score = torch.from_numpy(score).softmax(-1).numpy()
        return score.reshape(-1, len(self.classes)).mean(axis=0)

    def _clip(self, video: AlignedVideo, rows: np.ndarray, ends: tuple[int, int], score: np.ndarray,
              fields: dict[str, np.ndarray], num_clips: int, images: np.ndarray | None) -> ClipPrediction:
        label = int(score.argmax())
        onset, offset = video.frame_ids[list(ends)].tolist()
        return ClipPrediction(onset, offset, video.frame_ids[rows[0]], label, self.classes[label], score, num_clips,
                              images, **fields)


def _taken(sample: ActionDataSample) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Scores, and the predictions of heads for the first clip."""
    fields = {}
    for name, (field, axes) in _FIELDS.items():
        if field in sample:
            value = sample.get(field)
            fields[name] = (value if value.ndim == axes else value[0]).float().cpu().numpy()
    return sample.pred_score.float().cpu().numpy(), fields
