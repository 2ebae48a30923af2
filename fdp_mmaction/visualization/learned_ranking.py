"""The rank scores that a trained model gives the frames of a clip."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import rescale_dynamic_image, weights_on_frames
from fdp_mmaction.functional.rank_pooling import learned_rank_pooling, learned_rank_weights
from fdp_mmaction.models import RankPooling
from fdp_mmaction.registry import DATASETS, MODELS, TRANSFORMS
from .clip import Clip
from .clip_ranking import Ranking
from .trained_model import load_weights, read_trained_config

_FROM_DISK = 'LoadPackedFrames'
_OF_FOLD = 'config.py'      # says nothing of the model


class LearnedRanker:
    """A trained model with a learned :class:`~fdp_mmaction.models.RankPooling`, and the test pipeline in front of it.

    Args:
        checkpoint (str | Path): The weights.
        config (str | Path, optional): Their configuration. Defaults to None, the one that training left beside the
            checkpoint.

    Raises:
        CheckpointError: If the checkpoint cannot be loaded, or is not of this configuration.
        DatasetError: If there is no configuration, or its model ranks no frames.
    """

    def __init__(self, checkpoint: str | Path, config: str | Path | None = None) -> None:
        path, cfg = read_trained_config(checkpoint, config)
        self.name = 'model' if path.name == _OF_FOLD else path.stem
        dataset = cfg.test_dataloader.dataset
        steps = dataset.pipeline
        with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmaction')):
            self.model = MODELS.build(cfg.model).eval()
            self.protocol = DATASETS.get(dataset.type).resolve_protocol(dataset.get('protocol', '5-class'))
            self._pipeline = [TRANSFORMS.build(step) for step in steps]
        self._stored_here = [step.type == _FROM_DISK for step in steps]
        neck = getattr(self.model, 'neck', None)
        if not isinstance(neck, RankPooling) or neck.mode != 'learned':
            raise DatasetError(f"The model of {path} ranks no frames: only one with a neck RankPooling of mode "
                               "'learned' does, such as configs/fdp_synthetic.py.")
        self.neck = neck
        load_weights(self.model, checkpoint)

    @torch.no_grad()
    def __call__(self, clip: Clip) -> Ranking:
        """Rank the frames that the model's test pipeline samples from a clip.

        Args:
            clip (Clip): Square frames of an aligned face, as ``tools/prepare_data.py`` makes them. The model sees
                colour as grey.

        Returns:
            Ranking: Scores, weights as they act on the frames, and the clip's frames pooled by them.

        Raises:
            DatasetError: If the frames are not square.
        """
        height, width = clip.frames.shape[1:3]
        if height != width:
            raise DatasetError(f'{clip.name} has frames of {width}x{height} pixels, but the model saw squares cut '
                               'around aligned faces: prepare the clip first, or leave --checkpoint out.')
        packed, positions = self.prepare(clip)
        inputs = self.model.data_preprocessor(
            dict(inputs=[packed['inputs'][:1]], data_samples=[packed['data_samples']]), training=False)['inputs']
        feats, _ = self.model.extract_feat(inputs, stage='backbone')
        scores = self.neck.rank_scores(feats)                                           # (1, T)
        weights = learned_rank_weights(scores, self.neck.temperature)[0].double().numpy()
        frames = torch.from_numpy(clip.frames[positions]).double()[None]                # (1, T, H, W) or colour
        image = learned_rank_pooling(frames, scores.double(), self.neck.temperature, smooth=self.neck.smooth)[0]
        return Ranking(f'trained {self.name}', clip.frame_ids[positions], scores[0].double().numpy(),
                       weights_on_frames(weights) if self.neck.smooth else weights,
                       rescale_dynamic_image(image.numpy()))

    def prepare(self, clip: Clip) -> tuple[dict, np.ndarray]:
        """The packed inputs that the test pipeline makes of a clip, and the positions of the sampled frames."""
        grey = clip.frames
        if grey.ndim == 4:
            grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in grey])
        results = dict(sample_id=clip.name, num_frames=len(grey), frame_ids=list(map(int, clip.frame_ids)),
                       apex=int(clip.frame_ids[-1] if clip.apex is None else clip.apex), label=0)
        for step, from_disk in zip(self._pipeline, self._stored_here):
            if from_disk:       # the frames are here already
                imgs = grey[results['frame_inds']]
                results = dict(results, imgs=imgs, img_shape=imgs.shape[1:3])
            else:
                results = step(results)
            if 'frame_inds' in results:
                positions = np.asarray(results['frame_inds'])[:results['clip_len']]
        return results, positions
