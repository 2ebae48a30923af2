"""Fixtures that several tests share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

EMOTIONS = ('happiness', 'disgust', 'repression', 'surprise', 'others')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no process is left with one of them in the end."""
    slow = {item.path for item in items if item.get_closest_marker('slow')}
    items.sort(key=lambda item: item.path not in slow)


def write_prepared(root: Path, subjects: int = 3, clips: int = 5, frames: int = 12, size: int = 32,
                   landmarks: bool = True, seed: int = 0, emotions: Sequence[str] = EMOTIONS,
                   dataset: str = 'noise') -> Path:
    """Write a prepared folder of noise: ``subjects`` x ``clips`` MEs, emotions in turn."""
    rng = np.random.default_rng(seed)
    data_list = []
    for s in range(1, subjects + 1):
        folder = root / 'clips' / f'sub{s:02d}'
        folder.mkdir(parents=True)
        for c in range(clips):
            clip = f'EP{c:02d}_01'
            np.save(folder / f'{clip}.npy', rng.integers(0, 256, (frames, size, size), dtype=np.uint8))
            np.save(folder / f'{clip}.landmarks.npy', rng.uniform(0, size - 1, (frames, 68, 2)).astype(np.float32))
            data_list.append(dict(
                sample_id=f'{dataset}/sub{s:02d}/{clip}', dataset=dataset, subject=f'sub{s:02d}', clip=clip,
                emotion=emotions[c % len(emotions)], onset=10, apex=15, offset=9 + frames, apex_source='sheet',
                num_frames=frames, frame_ids=list(range(10, 10 + frames)), action_units=['4'],
                objective_class=None, frames=f'clips/sub{s:02d}/{clip}.npy',
                landmarks=f'clips/sub{s:02d}/{clip}.landmarks.npy' if landmarks else None))
    annotations = dict(metainfo=dict(dataset=dataset, image_size=size), data_list=data_list)
    (root / 'annotations.json').write_text(json.dumps(annotations))
    return root


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A prepared folder of 3 subjects with 5 MEs of 12 noise frames, 32 pixels."""
    return write_prepared(tmp_path / 'prepared')
