"""Optical flow between the sampled frames as a training target."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import FLOW_METHODS
from fdp_mmaction.registry import TRANSFORMS
from ..flow_cache import FlowCache, flow_folder
from .exact_flow import EXACT, ExactFlow
from .geometry import FLOW_FIELDS

METHODS = (*FLOW_METHODS, EXACT)


def sampled_flow(results: Mapping[str, Any], cache: FlowCache, compute: bool = True) -> np.ndarray:
    """Flow from each sampled frame to the next within its clip.

    Args:
        results (Mapping): ``imgs`` ``(num_clips * T, H, W)`` uint8, ``clip_len`` T >= 2, ``sample_id``; for exact flow
            what :class:`~fdp_mmaction.datasets.transforms.exact_flow.ExactFlow` takes.
        cache (FlowCache): Where flow is kept, and how it is computed.
        compute (bool): Whether to compute what is not there. Defaults to True.

    Returns:
        np.ndarray: ``(num_clips, T - 1, 2, H, W)`` float32 displacement (x, y) in pixels.

    Raises:
        DatasetError: If flow cannot be computed, or must not be and is not there.
    """
    imgs, length = results['imgs'], results['clip_len']
    exact = ExactFlow(results) if cache.method == EXACT else None
    flows = []
    for start in range(0, len(imgs), length):
        for first, second in zip(range(start, start + length - 1), range(start + 1, start + length)):
            calculate = exact and partial(exact.between, *results['frame_inds'][[first, second]])
            flows.append(cache.between(imgs[first], imgs[second], results['sample_id'], compute, calculate))
    return np.stack(flows).astype(np.float32).reshape(-1, length - 1, 2, *imgs.shape[1:])


@TRANSFORMS.register_module()
class FlowTarget(BaseTransform):
    """Flow from each sampled frame to the next, computed once per pair of frames and then read from a cache.

    Put it right after ``LoadPackedFrames``: what follows moves frames and flow together, and the same pairs come back
    in every epoch. After a random crop or a change of brightness, pairs hardly ever repeat.

    Required keys: ``imgs`` ``(F, H, W)`` uint8, ``clip_len``, ``sample_id``, and ``frames_path`` for the default
    folder. Added key: ``field`` float32 ``(T - 1, 2, H, W)``, or ``(num_clips, T - 1, 2, H, W)`` for several clips,
    displacement (x, y) in pixels, on the pixels of the earlier frame.

    Args:
        method (str): ``'tvl1'``, as the released MOL code, some tenths of a second a pair at 144 pixels; ``'dis'``,
            about 1 ms; ``'exact'``, the truth, of synthetic clips only, about 10 ms. Defaults to 'tvl1'.
        cache (bool | str, optional): Whether to keep what was computed: beside the prepared clip, or in the folder
            named. Defaults to None: ``False`` for ``'dis'``, else ``True``.
        compute (bool): Whether to compute pairs that are not in the cache; if not, they are an error. Defaults to True.
        field (str): Where to put it: ``'gt_flow'``, which models learn, or ``'gt_exact_flow'``, a truth to measure
            predictions and the target itself by. Defaults to 'gt_flow'.

    Raises:
        ValueError: If the method or the field is unknown.
        DatasetError: If flow cannot be computed, or must not be and is not there, or clips have a single frame.
    """

    def __init__(self, method: str = 'tvl1', cache: bool | str | None = None, compute: bool = True,
                 field: str = FLOW_FIELDS[0]) -> None:
        if method not in METHODS or field not in FLOW_FIELDS:
            raise ValueError(f'FlowTarget knows the methods {", ".join(METHODS)} and the fields '
                             f'{", ".join(FLOW_FIELDS)}; got {method!r} and {field!r}.')
        self.method = method
        self.cache = method != 'dis' if cache is None else cache
        self.compute = compute
        self.field = field

    def transform(self, results: dict) -> dict:
        """Add the flow."""
        if results['clip_len'] < 2:
            raise DatasetError(f'{results["sample_id"]}: optical flow goes from frame to frame, but clips of '
                               f'{results["clip_len"]} frame are sampled: take a larger clip_len or no FlowTarget.')
        flow = sampled_flow(results, FlowCache(self._folder(results), self.method), self.compute)
        return dict(results, **{self.field: flow[0] if len(flow) == 1 else flow})

    def _folder(self, results: dict) -> Path | None:
        if isinstance(self.cache, str):
            return Path(self.cache) / f'{results["sample_id"]}.flow'
        if not self.cache or 'frames_path' not in results:
            return None
        return flow_folder(results['frames_path'])
