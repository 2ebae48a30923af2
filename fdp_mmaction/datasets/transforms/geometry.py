"""Geometry that moves frames, landmarks and optical flow together.

Each transform draws its random numbers once per ME: all frames move alike, so no motion is invented. Targets that
cannot be moved are refused.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.flow_geometry import mirror_flow, resize_flow
from fdp_mmaction.registry import TRANSFORMS

FLOW_FIELDS = ('gt_flow', 'gt_exact_flow')
"""Names of flows that move with the frames: the target, and the exact truth of synthetic clips."""

# position of each of the 68 landmarks (iBUG order) in the mirrored face
MIRRORED_LANDMARKS = np.array([
    *range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])


def check_movable(results: dict, name: str) -> None:
    """Refuse to move frames away from what was made of them.

    Args:
        results (dict): Results of the pipeline so far.
        name (str): Name of the transform, for the message.

    Raises:
        DatasetError: If there is a target that cannot be moved, or a flow of another size.
    """
    if 'gt_dynamic_image' in results:
        raise DatasetError(f'{results["sample_id"]}: {name} would leave the dynamic image behind: put '
                           'DynamicImageTarget after all geometry in the pipeline.')
    shape = results['imgs'].shape[1:3]
    for field in FLOW_FIELDS:
        if field in results and results[field].shape[-2:] != shape:
            height, width = results[field].shape[-2:]
            raise DatasetError(f'{results["sample_id"]}: {name} moves frames and flow together, but the flow is '
                               f'{width}x{height} and the frames are {shape[1]}x{shape[0]}: put FlowTarget right after '
                               'LoadPackedFrames.')


def move_flows(results: dict, move: Callable[[np.ndarray], np.ndarray]) -> dict:
    """Apply a change of geometry to all flows that results hold.

    Args:
        results (dict): Results of the pipeline so far.
        move (Callable): ``(..., 2, H, W)`` flow to moved flow.

    Returns:
        dict: New results.
    """
    return dict(results, **{field: move(results[field]) for field in FLOW_FIELDS if field in results})


def resize_frames(imgs: np.ndarray, size: int) -> np.ndarray:
    """Resize frames to ``size`` x ``size``: area averaging to shrink, bilinear to enlarge.

    Args:
        imgs (np.ndarray): ``(F, H, W)`` uint8.
        size (int): New side in pixels.

    Returns:
        np.ndarray: ``(F, size, size)`` uint8.
    """
    method = cv2.INTER_AREA if size < min(imgs.shape[1:]) else cv2.INTER_LINEAR
    return np.stack([cv2.resize(img, (size, size), interpolation=method) for img in imgs])


@TRANSFORMS.register_module()
class ResizeFrames(BaseTransform):
    """Resize frames, and landmarks and flow with them. Pixel centres are at integer + 0.5, as OpenCV resizes.

    Args:
        size (int): New side in pixels. Defaults to 64.

    Raises:
        DatasetError: If a target cannot be resized with the frames.
    """

    def __init__(self, size: int = 64) -> None:
        self.size = size

    def transform(self, results: dict) -> dict:
        """Change ``imgs``, ``img_shape``, ``landmarks`` and flows."""
        height, width = results['imgs'].shape[1:3]
        if (height, width) == (self.size, self.size):
            return results
        check_movable(results, 'ResizeFrames')
        results = dict(results, imgs=resize_frames(results['imgs'], self.size), img_shape=(self.size, self.size))
        if 'landmarks' in results:
            scale = np.array([self.size / width, self.size / height], dtype=np.float32)
            results['landmarks'] = (results['landmarks'] + 0.5) * scale - 0.5
        return move_flows(results, lambda flow: resize_flow(flow, self.size, self.size))


@TRANSFORMS.register_module()
class FlipFrames(BaseTransform):
    """Mirror all frames left to right; landmarks change sides and places, flow is mirrored and turned round in x.

    Args:
        prob (float): Probability in [0, 1]. Defaults to 0.5.

    Raises:
        DatasetError: If a target cannot be mirrored with the frames.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change ``imgs``, ``landmarks`` and flows."""
        check_movable(results, 'FlipFrames')
        if np.random.rand() >= self.prob:
            return results
        results = dict(results, imgs=results['imgs'][:, :, ::-1])
        if 'landmarks' in results:
            mirrored = results['landmarks'][:, MIRRORED_LANDMARKS].copy()
            mirrored[..., 0] = results['imgs'].shape[2] - 1 - mirrored[..., 0]
            results['landmarks'] = mirrored
        return move_flows(results, mirror_flow)
