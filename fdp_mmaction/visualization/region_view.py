"""How the regions of a face move between two frames of a prepared clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fdp_mmaction.datasets.transforms.exact_flow import EXACT, ExactFlow
from fdp_mmaction.datasets.transforms.loading import read_packed
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.head_motion import head_motion
from fdp_mmaction.functional.optical_flow import FLOW_METHODS
from fdp_mmaction.functional.region_motion import region_motion
from .clip_sources import clip_of_record
from .flow_view import TITLES


@dataclass(frozen=True)
class RegionView:
    """Motion of the regions from one frame to another.

    Attributes:
        name (str): Of the clip.
        frame (np.ndarray): ``(H, W)`` uint8, the first of the two.
        frame_ids (tuple[int, int]): Numbers of the two.
        landmarks (np.ndarray): ``(68, 2)`` in the first, in pixels.
        motion (np.ndarray): ``(R, 2)`` mean displacement (x, y) in pixels, in the order of
            :data:`~fdp_mmaction.functional.facial_regions.REGIONS`.
        source (str): What the flow is, for headings.
        label (str): The emotion; may be empty.
        units (tuple[str, ...]): Action units that coders saw.
    """

    name: str
    frame: np.ndarray
    frame_ids: tuple[int, int]
    landmarks: np.ndarray
    motion: np.ndarray
    source: str
    label: str = ''
    units: tuple[str, ...] = ()


def view_regions(record: Mapping[str, Any], method: str = 'tvl1', first: int | None = None, last: int | None = None,
                 keep_head: bool = False) -> RegionView:
    """Measure how the regions move, by the flow from one frame straight to another.

    Args:
        record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.
        method (str): ``'tvl1'``, ``'dis'`` or ``'exact'`` flow. Defaults to TV-L1.
        first (int, optional): Number of the first frame. Defaults to None, the clip's first.
        last (int, optional): Number of the other frame. Defaults to None, the apex; where that is not known, the one
            that differs most from the first.
        keep_head (bool): Leave the motion of the head in; else it is subtracted, see
            :func:`~fdp_mmaction.functional.head_motion.head_motion`. Defaults to False.

    Returns:
        RegionView: The motion.

    Raises:
        ValueError: If the method is unknown.
        DatasetError: If the clip has no landmarks or no such frame, or its flow cannot be computed.
    """
    if method != EXACT and method not in FLOW_METHODS:
        raise ValueError(f'Flow is computed by {", ".join((*FLOW_METHODS, EXACT))}; got {method!r}.')
    clip = clip_of_record(record)
    if not record.get('landmarks_path'):
        raise DatasetError(f'{clip.name} was prepared without landmarks, which place the regions: prepare the dataset '
                           'with landmarks.')
    start = 0 if first is None else _position(clip.name, clip.frame_ids, first)
    if last is not None:
        end = _position(clip.name, clip.frame_ids, last)
    elif clip.apex_index is not None:
        end = clip.apex_index
    else:
        end = int(np.abs(clip.frames.astype(np.int16) - clip.frames[start]).mean(axis=(1, 2)).argmax())
    if start == end:
        raise DatasetError(f'{clip.name}: motion goes from one frame to another, and both are '
                           f'{clip.frame_ids[start]}: choose two by --first and --last.')
    pair = clip.frames[[start, end]]
    landmarks = read_packed(record['landmarks_path'], np.array([start]), clip.name)[0].astype(np.float64)
    if method == EXACT:
        flow = ExactFlow({**record, 'imgs': pair, 'frame_inds': np.array([start, end])}).between(start, end)
    else:
        try:
            flow = FLOW_METHODS[method](pair)[0]
        except (ValueError, ImportError) as error:
            raise DatasetError(f'{clip.name}: {error}') from None
    source = f'{TITLES[method]} flow'
    if not keep_head:
        flow, source = flow - head_motion(flow, landmarks), f'{source} without motion of the head'
    return RegionView(clip.name, pair[0], (int(clip.frame_ids[start]), int(clip.frame_ids[end])), landmarks,
                      region_motion(flow, landmarks), source, clip.label, tuple(record.get('action_units') or ()))


def _position(name: str, frame_ids: np.ndarray, number: int) -> int:
    found = np.flatnonzero(frame_ids == number)
    if not len(found):
        raise DatasetError(f'{name} has no frame {number}; its frames go from {frame_ids[0]} to {frame_ids[-1]}.')
    return int(found[0])
