from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.landmark_sources import build_landmark_source

CLIP = SimpleNamespace(subject='sub01', clip='EP02_01f', frame_ids=(3, 4, 6), frame_paths=())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'sub01').mkdir()
    return tmp_path


def _save(folder, **arrays):
    np.savez(folder / 'sub01/EP02_01f.npz', **arrays)
    return build_landmark_source('precomputed', folder=str(folder))


def test_frames_are_found_by_number(folder):
    ids = np.array([6, 5, 4, 3, 2])
    source = _save(folder, landmarks=np.broadcast_to(ids[:, None, None], (5, 68, 2)).astype(np.float64), frame_ids=ids)
    for made in (source, pickle.loads(pickle.dumps(source))):
        landmarks = made(CLIP)
        assert landmarks.shape == (3, 68, 2) and landmarks.dtype == np.float32
        assert landmarks[:, 0, 0].tolist() == [3, 4, 6]


def test_nan_outside_of_the_clip_does_not_matter(folder):
    landmarks = np.zeros((4, 68, 2), np.float32)
    landmarks[0] = np.nan
    assert np.isfinite(_save(folder, landmarks=landmarks, frame_ids=[2, 3, 4, 6])(CLIP)).all()
    landmarks[3, 67, 1] = np.inf
    with pytest.raises(FaceError, match=r'sub01/EP02_01f.npz holds NaN or infinity in 1 frames \(first: 6\)'):
        _save(folder, landmarks=landmarks, frame_ids=[2, 3, 4, 6])(CLIP)


@pytest.mark.parametrize('arrays, message', [
    (dict(landmarks=np.zeros((2, 68, 2)), frame_ids=[3, 4]), r'lacks 1 of 3 frames \(first: 6\)'),
    (dict(landmarks=np.zeros((3, 68, 2))), "needs the arrays 'landmarks' and 'frame_ids'"),
    (dict(landmarks=np.zeros((3, 5, 2)), frame_ids=[3, 4, 6]), r'shape \(3, 5, 2\)'),
    (dict(landmarks=np.zeros((3, 68, 2)), frame_ids=[3, 4]), r'shape \(2,\)'),
    (dict(landmarks=np.zeros((3, 68, 2)), frame_ids=['3', '4', '6']), 'whole numbers'),
    (dict(landmarks=np.full((3, 68, 2), None), frame_ids=[3, 4, 6]), 'damaged'),
])
def test_bad_files(folder, arrays, message):
    with pytest.raises(FaceError, match=message):
        _save(folder, **arrays)(CLIP)


def test_missing_and_damaged_files(folder):
    source = build_landmark_source('precomputed', folder=str(folder))
    with pytest.raises(FaceError, match='Landmark file sub01/EP02_01f.npz does not exist'):
        source(CLIP)
    _save(folder, landmarks=np.zeros((3, 68, 2)), frame_ids=[3, 4, 6])
    path = folder / 'sub01/EP02_01f.npz'
    whole = path.read_bytes()
    for content in (b'', b'text', whole[:len(whole) // 2], whole[:100] + bytes(100) + whole[200:]):
        path.write_bytes(content)
        with pytest.raises(FaceError, match='damaged'):
            source(CLIP)
    np.save(folder / 'sub01/plain.npy', np.zeros(3))
    (folder / 'sub01/plain.npy').rename(path)
    with pytest.raises(FaceError, match='damaged'):
        source(CLIP)


def test_sources_by_name(folder):
    assert build_landmark_source('none')(CLIP) is None
    with pytest.raises(FaceError, match="Unknown landmark source 'nnoe': choose one of precomputed, none"):
        build_landmark_source('nnoe')
    with pytest.raises(FaceError, match='does not exist'):
        build_landmark_source('precomputed', folder=str(folder / 'nowhere'))
