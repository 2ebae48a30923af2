"""Training targets made from the sampled frames."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.functional.rank_pooling import dynamic_image, dynamic_image_uint8, rescale_dynamic_image
from fdp_mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class DynamicImageTarget(BaseTransform):
    """The dynamic image of each clip by approximate rank pooling, stretched to [0, 1].

    Put it behind the geometry, so the image fits the frames. Required keys: ``imgs`` ``(F, H, W)``,
    ``clip_len``. Added key: ``gt_dynamic_image`` float32, ``(H, W)``, or ``(num_clips, H, W)`` for several
    clips.

    Args:
        smooth (bool): Smoothed weights. See
            :func:`fdp_mmaction.functional.rank_pooling.rank_pooling_weights`. Defaults to True.
        quantise (bool): Truncate the image to 256 levels, as the released FDP code stores it: values are
            ``floor(255 v) / 255``. Defaults to False.
    """

    def __init__(self, smooth: bool = True, quantise: bool = False) -> None:
        self.smooth = smooth
        self.quantise = quantise

    def transform(self, results: dict) -> dict:
        """Add ``gt_dynamic_image``."""
        imgs = results['imgs']
        clips = imgs.reshape(-1, results['clip_len'], *imgs.shape[1:])              # (M, T, H, W)
        images = np.stack([self._image(clip) for clip in clips])
        return dict(results, gt_dynamic_image=images[0] if len(images) == 1 else images)

    def _image(self, clip: np.ndarray) -> np.ndarray:
        if not self.quantise:
            return rescale_dynamic_image(dynamic_image(clip, self.smooth))
        frames = clip.astype(np.float32) / np.float32(255)      # where truncation falls depends on the scale
        return dynamic_image_uint8(frames, self.smooth) / np.float32(255)
