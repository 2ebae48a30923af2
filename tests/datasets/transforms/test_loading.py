from pathlib import Path

import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.datasets.transforms import LoadPackedFrames
from fdp_mmaction.errors import DatasetError


@pytest.fixture
def results(prepared):
    info = CASME2Dataset(prepared, test_subject='sub01', test_mode=True).get_data_info(0)
    return dict(info, frame_inds=np.array([3, 0, 11, 11]))


def test_sampled_frames_and_landmarks(results):
    loaded = LoadPackedFrames(with_landmarks=True)(results)
    assert np.array_equal(loaded['imgs'], np.load(results['frames_path'])[[3, 0, 11, 11]])
    assert np.array_equal(loaded['landmarks'], np.load(results['landmarks_path'])[[3, 0, 11, 11]])
    assert loaded['img_shape'] == (32, 32)
    loaded['imgs'][:] = 0           # a copy: the file is not touched
    assert np.load(results['frames_path']).any()
    assert 'landmarks' not in LoadPackedFrames()(results)


def test_missing_landmarks(results):
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01 was prepared without landmarks'):
        LoadPackedFrames(with_landmarks=True)(dict(results, landmarks_path=None))


@pytest.mark.parametrize('damage', ['missing', 'truncated', 'foreign', 'short'])
def test_damaged_files_name_the_clip(results, damage):
    path = Path(results['frames_path'])
    content = path.read_bytes()
    if damage == 'missing':
        results['frames_path'] += '.gone'
    elif damage == 'short':
        np.save(path, np.zeros((5, 32, 32), dtype=np.uint8))
    else:
        path.write_bytes(content[:300] if damage == 'truncated' else b'not an array')
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01: cannot read .*prepare the dataset again'):
        LoadPackedFrames()(results)
