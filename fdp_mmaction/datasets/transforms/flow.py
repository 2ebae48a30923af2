"""Optical flow between the sampled frames as a training target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import FLOW_METHODS
from fdp_mmaction.registry import TRANSFORMS
from ..flow_cache import FlowCache, flow_folder


@TRANSFORMS.register_module()
class FlowTarget(BaseTransform):
    """Flow from each sampled frame to the next, computed once per pair of frames and then read from a cache.

    Put it right after ``LoadPackedFrames``: what follows moves frames and flow together, and the same pairs come back
    in every epoch. After a random crop or a change of brightness, pairs hardly ever repeat.

    Required keys: ``imgs`` ``(F, H, W)`` uint8, ``clip_len``, ``sample_id``, and ``frames_path`` for the default
    folder. Added key: ``gt_flow`` float32 ``(T - 1, 2, H, W)``, or ``(num_clips, T - 1, 2, H, W)`` for several clips,
    displacement (x, y) in pixels, on the pixels of the earlier frame.

    Args:
        method (str): ``'tvl1'``, as the released MOL code, some tenths of a second a pair at 144 pixels; ``'dis'``,
            about 1 ms. Defaults to 'tvl1'.
        cache (bool | str, optional): Whether to keep what was computed: beside the prepared clip, or in the folder
            named. Defaults to None: ``True`` for ``'tvl1'``, ``False`` for ``'dis'``.
        compute (bool): Whether to compute pairs that are not in the cache; if not, they are an error. Defaults to True.

    Raises:
        ValueError: If the method is unknown.
        DatasetError: If flow cannot be computed, or must not be and is not there, or clips have a single frame.
    """

    def __init__(self, method: str = 'tvl1', cache: bool | str | None = None, compute: bool = True) -> None:
        if method not in FLOW_METHODS:
            raise ValueError(f'FlowTarget knows the methods {", ".join(FLOW_METHODS)}; got {method!r}.')
        self.method = method
        self.cache = method == 'tvl1' if cache is None else cache
        self.compute = compute

    def transform(self, results: dict) -> dict:
        """Add ``gt_flow``."""
        imgs, length = results['imgs'], results['clip_len']
        if length < 2:
            raise DatasetError(f'{results["sample_id"]}: optical flow goes from frame to frame, but clips of '
                               f'{length} frame are sampled: take a larger clip_len or no FlowTarget.')
        cache = FlowCache(self._folder(results), self.method)
        flow = np.stack([
            np.stack([cache.between(first, second, results['sample_id'], self.compute)
                      for first, second in zip(clip[:-1], clip[1:])])
            for clip in imgs.reshape(-1, length, *imgs.shape[1:])]).astype(np.float32)      # (M, T - 1, 2, H, W)
        return dict(results, gt_flow=flow[0] if len(flow) == 1 else flow)

    def _folder(self, results: dict) -> Path | None:
        if isinstance(self.cache, str):
            return Path(self.cache) / f'{results["sample_id"]}.flow'
        if not self.cache or 'frames_path' not in results:
            return None
        return flow_folder(results['frames_path'])
