"""Random rotation and scale of a whole ME."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.faces.alignment import transform_points
from fdp_mmaction.functional.flow_geometry import warp_flow
from fdp_mmaction.registry import TRANSFORMS
from .geometry import check_movable, move_flows


def rotation_matrix(height: int, width: int, degrees: float, scale: float) -> np.ndarray:
    """Rotation and scale about the centre of an image.

    Args:
        height (int): Height in pixels.
        width (int): Width in pixels.
        degrees (float): Angle; positive turns counter-clockwise as seen.
        scale (float): Factor, above 0; more than 1 enlarges.

    Returns:
        np.ndarray: ``(2, 3)`` float64 from old to new pixels.
    """
    return cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)


@TRANSFORMS.register_module()
class RotateScaleFrames(BaseTransform):
    """Turn and scale all frames of an ME alike about their centre, with landmarks and flow; for training.

    What comes from outside the frames is of one grey level and does not move.

    Args:
        degrees (float): Largest angle to either side, in [0, 180]. Defaults to 5.
        ratio (float): Largest relative change of size: factors are drawn from [1 - ratio, 1 + ratio]. In [0, 1).
            Defaults to 0.05.
        border (int): Grey level outside the frames, 0..255. Defaults to 128, as in preparation.

    Raises:
        ValueError: If an argument is out of range.
        DatasetError: If a target cannot be turned with the frames.
    """

    def __init__(self, degrees: float = 5.0, ratio: float = 0.05, border: int = 128) -> None:
        if not (0 <= degrees <= 180 and 0 <= ratio < 1 and 0 <= border <= 255):
            raise ValueError('RotateScaleFrames takes degrees in [0, 180], a ratio in [0, 1) and a border in 0..255; '
                             f'got {degrees}, {ratio} and {border}.')
        self.degrees = degrees
        self.ratio = ratio
        self.border = border

    def transform(self, results: dict) -> dict:
        """Change ``imgs``, ``landmarks`` and flows."""
        check_movable(results, 'RotateScaleFrames')
        imgs = results['imgs']
        height, width = imgs.shape[1:3]
        angle, change = np.random.uniform(-1, 1, 2) * (self.degrees, self.ratio)
        matrix = rotation_matrix(height, width, angle, 1 + change)
        results = dict(results, imgs=np.stack([
            cv2.warpAffine(np.ascontiguousarray(img), matrix, (width, height), flags=cv2.INTER_LINEAR,
                           borderValue=self.border) for img in imgs]))
        if 'landmarks' in results:
            results['landmarks'] = transform_points(results['landmarks'], matrix).astype(np.float32)
        return move_flows(results, lambda flow: warp_flow(flow, matrix))
