from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from fake_faces import write_table

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.landmark_sources import build_landmark_source, options_of

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
    (dict(landmarks=np.zeros((2, 68, 2)), frame_ids=[3, 4]), r'lacks 1 of 3 frames \(first: 6; it has frames 3 to 4\)'),
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


def _table(folder, frames, points, **columns):
    write_table(folder / 'sub01/EP02_01f.csv', frames, points, **columns)
    return build_landmark_source('precomputed', folder=str(folder))


def test_a_csv_file_is_as_good_as_npz(folder):
    points = np.random.default_rng(0).normal(size=(5, 68, 2))
    source = _table(folder, [6, 5, 4, 3, 2], points)
    np.testing.assert_allclose(source(CLIP), points[[3, 2, 0]], rtol=1e-6)
    ids = np.array([3, 4, 6])
    _save(folder, landmarks=np.zeros((3, 68, 2)), frame_ids=ids)      # npz goes before CSV
    assert not source(CLIP).any()


def test_bad_csv_files(folder):
    with pytest.raises(FaceError, match=r'sub01/EP02_01f.csv lacks 1 of 3 frames \(first: 6; it has frames'):
        _table(folder, [3, 4], np.zeros((2, 68, 2)))(CLIP)
    with pytest.raises(FaceError, match='sub01/EP02_01f.csv was written by OpenFace.*choose the landmark source openf'):
        _table(folder, [3, 4, 6], np.zeros((3, 68, 2)), success=[1, 1, 1])(CLIP)
    (folder / 'sub01/EP02_01f.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(FaceError, match='sub01/EP02_01f.csv is damaged or not a CSV file'):
        build_landmark_source('precomputed', folder=str(folder))(CLIP)


def test_gaps_may_be_filled_by_choice(folder):
    landmarks = np.full((2, 68, 2), 7, np.float32)
    landmarks[1] = np.nan
    _save(folder, landmarks=landmarks, frame_ids=[3, 4])
    found = build_landmark_source('precomputed', 'previous', folder=str(folder)).find(CLIP)
    assert (found.points == 7).all() and found.fallbacks == (Fallback('previous', 2, 4),)


def test_options_by_name(folder):
    assert options_of('none') == () and options_of('openface') == ('folder', 'counter', 'min_confidence')
    with pytest.raises(FaceError, match="'none' has no option 'folder': it has none"):
        build_landmark_source('none', folder='x')
    with pytest.raises(FaceError, match="'precomputed' has no option 'model': it has folder"):
        build_landmark_source('precomputed', model='x')
    with pytest.raises(FaceError, match="Unknown choice for frames without a face 'ignore'"):
        build_landmark_source('precomputed', folder=str(folder), on_missing='ignore')
