"""From a pipeline's results to the model's input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmcv.transforms import BaseTransform

from fdp_mmaction.registry import TRANSFORMS
from .geometry import FLOW_FIELDS

TARGETS = ('gt_dynamic_image', *FLOW_FIELDS, 'gt_landmarks')


@TRANSFORMS.register_module()
class PackMEInputs(BaseTransform):
    """Pack frames, label and targets for MMAction2's data preprocessor.

    Gives ``inputs`` uint8 ``(num_clips, 1, T, H, W)`` and an ``ActionDataSample`` with ``gt_label`` and whatever
    of ``gt_dynamic_image``, ``gt_flow``, ``gt_exact_flow`` and ``gt_landmarks`` the pipeline made; ``landmarks`` become
    ``gt_landmarks``.

    Args:
        meta_keys (Sequence[str]): Keys kept as meta information, where present. Predictions are keyed by
            ``sample_id``. Defaults to sample_id, dataset, subject, emotion, frame_inds.
    """

    def __init__(self, meta_keys: Sequence[str] = ('sample_id', 'dataset', 'subject', 'emotion', 'frame_inds')
                 ) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: dict) -> dict:
        """Return ``dict(inputs, data_samples)``."""
        imgs = results['imgs']
        clips = imgs.reshape(-1, 1, results['clip_len'], *imgs.shape[1:])           # (M, 1, T, H, W)
        sample = ActionDataSample(metainfo={key: results[key] for key in self.meta_keys if key in results})
        sample.set_gt_label(results['label'])
        if 'landmarks' in results:
            results = dict(results, gt_landmarks=results['landmarks'])
        for name in TARGETS:
            if name in results:
                sample.set_field(torch.from_numpy(np.ascontiguousarray(results[name])), name)
        return dict(inputs=torch.from_numpy(np.ascontiguousarray(clips)), data_samples=sample)
