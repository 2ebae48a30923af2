"""Light that changes between MEs and not within one."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class BrightnessFrames(BaseTransform):
    """Change gain and offset of all frames of an ME alike, so that no motion is invented; for training.

    Args:
        gain (float): Largest relative change of contrast, in [0, 1). Defaults to 0.1.
        offset (float): Largest change of brightness, in grey levels. Defaults to 10.
    """

    def __init__(self, gain: float = 0.1, offset: float = 10.0) -> None:
        self.gain = gain
        self.offset = offset

    def transform(self, results: dict) -> dict:
        """Change ``imgs``, ``(F, H, W)`` uint8."""
        gain = 1 + np.random.uniform(-self.gain, self.gain)
        offset = np.random.uniform(-self.offset, self.offset)
        table = np.clip(np.rint((np.arange(256) - 127.5) * gain + 127.5 + offset), 0, 255).astype(np.uint8)
        return dict(results, imgs=table[results['imgs']])
