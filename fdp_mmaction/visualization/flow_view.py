"""What there is to see of a clip's motion: frames, optical flow and landmarks of one or several sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fdp_mmaction.datasets.flow_cache import FlowCache, flow_folder
from fdp_mmaction.datasets.transforms import LoadPackedFrames, SampleMEFrames
from fdp_mmaction.datasets.transforms.flow import METHODS, sampled_flow

TITLES = {'tvl1': 'TV-L1', 'dis': 'DIS', 'exact': 'exact'}
"""How methods are called in figures."""
PREDICTED = 'predicted'


@dataclass(frozen=True)
class FlowView:
    """Frames of a clip with what is known of their motion.

    Attributes:
        name (str): Of the clip.
        frames (np.ndarray): ``(T, H, W)`` uint8.
        frame_ids (np.ndarray): ``(T,)`` their numbers.
        flows (Mapping[str, np.ndarray]): By source, ``(T - 1, 2, H, W)`` in pixels from each frame to the next. The
            first is what the others are compared with.
        landmarks (Mapping[str, np.ndarray]): ``true`` ``(T, 68, 2)`` and ``predicted`` ``(t, 68, 2)`` in pixels, those
            of the last t frames; either may be missing.
        label (str): What the clip shows, such as its emotion. Defaults to empty.
    """

    name: str
    frames: np.ndarray
    frame_ids: np.ndarray
    flows: Mapping[str, np.ndarray]
    landmarks: Mapping[str, np.ndarray] = field(default_factory=dict)
    label: str = ''


def view_flow(record: Mapping[str, Any], methods: Sequence[str] = ('tvl1',), num_frames: int = 8) -> FlowView:
    """The flow between evenly spread frames of a prepared clip, read where it is kept, else computed and kept.

    Args:
        record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.
        methods (Sequence[str]): ``'tvl1'``, ``'dis'``, ``'exact'``. Defaults to TV-L1.
        num_frames (int): Frames T, at least 2. Defaults to 8.

    Returns:
        FlowView: With the landmarks, where the clip was prepared with some.

    Raises:
        ValueError: If a method is unknown.
        DatasetError: If the clip cannot be read, or its flow not be computed.
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise ValueError(f'Flow is computed by {", ".join(METHODS)}; got {unknown[0]!r}.')
    results = SampleMEFrames(num_frames)(dict(record))
    results = LoadPackedFrames(with_landmarks=bool(record.get('landmarks_path')))(results)
    folder = flow_folder(results['frames_path'])
    flows = {TITLES[method]: sampled_flow(results, FlowCache(folder, method))[0] for method in methods}
    landmarks = {'true': results['landmarks']} if 'landmarks' in results else {}
    return FlowView(str(record['sample_id']), results['imgs'],
                    np.asarray(record['frame_ids'])[results['frame_inds']], flows, landmarks,
                    str(record.get('emotion', '')))
