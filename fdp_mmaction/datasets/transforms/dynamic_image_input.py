"""Fixed dynamic images as the network's input, for baselines that do not look at frames."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.functional.rank_pooling import dynamic_image_uint8
from fdp_mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FramesToDynamicImage(BaseTransform):
    """Replace the frames of each clip by their dynamic image (Bilen et al., CVPR 2016), one frame per clip.

    Required keys: ``imgs`` ``(F, H, W)``, ``clip_len``. Changed keys: ``imgs`` ``(num_clips, H, W)`` uint8, stretched
    to 0..255; ``clip_len`` 1.

    Args:
        smooth (bool): Smoothed weights. See
            :func:`fdp_mmaction.functional.rank_pooling.rank_pooling_weights`. Defaults to True.
    """

    def __init__(self, smooth: bool = True) -> None:
        self.smooth = smooth

    def transform(self, results: dict) -> dict:
        """Replace ``imgs``."""
        imgs = results['imgs']
        clips = imgs.reshape(-1, results['clip_len'], *imgs.shape[1:])              # (M, T, H, W)
        return dict(results, imgs=np.stack([dynamic_image_uint8(clip, self.smooth) for clip in clips]), clip_len=1)
