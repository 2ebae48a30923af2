"""Cutting a square out of the frames of an ME."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import TRANSFORMS
from .geometry import check_movable, move_flows


@TRANSFORMS.register_module()
class CropFrames(BaseTransform):
    """Cut the same square out of every frame, and of the flow.

    Args:
        size (int): Side in pixels. Defaults to 128.
        random (bool): Random place (training) instead of the centre. Defaults to False.
        crops (int): Squares at random places, each of which makes clips of its own: all clips of the first, then of
            the second, and so on. The released MOL code stores 5 of each clip. Above 1 only with ``random``.
            Defaults to 1.

    Raises:
        ValueError: If several crops are wanted of the centre.
        DatasetError: If the frames are smaller than the crop, or a target cannot be cropped with the frames.
    """

    def __init__(self, size: int = 128, random: bool = False, crops: int = 1) -> None:
        if crops < 1 or (crops > 1 and not random):
            raise ValueError(f'CropFrames cuts one centre, or one or more squares with random=True; got crops={crops}.')
        self.size = size
        self.random = random
        self.crops = crops

    def transform(self, results: dict) -> dict:
        """Change ``imgs``, ``img_shape``, ``landmarks`` and flows; with several crops also ``num_clips`` and
        ``frame_inds``."""
        height, width = results['imgs'].shape[1:3]
        if min(height, width) < self.size:
            raise DatasetError(f'{results["sample_id"]}: frames of {width}x{height} pixels are smaller than the '
                               f'crop of {self.size}: prepare with a larger --size or crop less.')
        check_movable(results, 'CropFrames')
        spare = np.array([width - self.size, height - self.size])
        places = [np.random.randint(0, spare + 1) if self.random else spare // 2 for _ in range(self.crops)]
        windows = [np.s_[..., y:y + self.size, x:x + self.size] for x, y in places]
        results = dict(results, img_shape=(self.size, self.size), imgs=_join([
            results['imgs'][window] for window in windows]))
        if 'landmarks' in results:
            results['landmarks'] = _join([results['landmarks'] - place.astype(np.float32) for place in places])
        if self.crops > 1:
            results['num_clips'] = self.crops * results.get('num_clips', 1)
            if 'frame_inds' in results:
                results['frame_inds'] = np.tile(results['frame_inds'], self.crops)
        return move_flows(results, lambda flow: _stack_clips([flow[window] for window in windows]))


def _join(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _stack_clips(flows: list[np.ndarray]) -> np.ndarray:
    """One flow as it is; of several, ``(T - 1, 2, H, W)`` or with clips in front, ``(num_clips, T - 1, 2, H, W)``."""
    return flows[0] if len(flows) == 1 else np.concatenate([flow.reshape(-1, *flow.shape[-4:]) for flow in flows])
