from __future__ import annotations

import pickle

import numpy as np
import pytest
from fake_faces import FACE, write_clip, write_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.landmark_sources import build_landmark_source
from fdp_mmaction.faces.missing import NoFaceError

IDS = (9, 10, 11, 100)      # as text: img10, img100, img11, img9


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path, IDS)


def _write(folder, frames, confidence=None, success=None, space=' ', points=None, **more):
    """Landmarks that say in which row they stood."""
    count = len(frames)
    points = np.stack([FACE + row for row in range(count)]) if points is None else points
    return write_table(folder / 'csv/sub01/c.csv', frames, points, space, face_id=[0] * count, timestamp=[0.0] * count,
                       confidence=confidence or [0.98] * count, success=success or [1] * count, **more)


def _rows(folder, clip, **options):
    source = build_landmark_source('openface', folder=str(folder / 'csv'), **options)
    found = pickle.loads(pickle.dumps(source)).source(clip)
    return (found.points[:, 0, 0] - FACE[0, 0]).round(3).tolist(), found


@pytest.mark.parametrize('space', ['', ' '])
def test_images_of_the_folder_are_counted_as_text(tmp_path, clip, space):
    _write(tmp_path, [1, 2, 3, 4], space=space)
    rows, found = _rows(tmp_path, clip)
    assert rows == [3, 0, 2, 1] and found.reason == '' and found.points.dtype == np.float32


def test_other_images_of_the_folder_count_too(tmp_path, clip):
    write_clip(tmp_path, (1,), 'cover{}.jpg')
    (tmp_path / 'frames/sub01/c/Thumbs.db').write_bytes(b'junk')
    (tmp_path / 'frames/sub01/c/big.JPG').write_bytes(b'upper case is not read')
    _write(tmp_path, [1, 2, 3, 4, 5])
    assert _rows(tmp_path, clip)[0] == [4, 1, 3, 2]


def test_other_ways_to_count(tmp_path, clip):
    _write(tmp_path, [1, 2, 3, 4])
    assert _rows(tmp_path, clip, counter='clip')[0] == [0, 1, 2, 3]
    _write(tmp_path, [100, 9, 5, 10, 11])
    assert _rows(tmp_path, clip, counter='number')[0] == [1, 3, 4, 0]


def test_doubtful_frames_are_no_faces(tmp_path, clip):
    points = np.stack([FACE + row for row in range(4)])
    points[3, 5, 1] = np.nan
    _write(tmp_path, [1, 2, 3, 4], [0.5, 0.49, 0.9, 0.9], [1, 1, 0, 1], points=points)
    rows, found = _rows(tmp_path, clip, counter='clip')
    assert rows[0] == 0 and found.missing.tolist() == [False, True, True, True]
    assert 'sub01/c.csv has no face of confidence 0.5 or more in 3 of 4 frames (first: 10)' in found.reason
    with pytest.raises(NoFaceError, match='in 3 of 4 frames'):
        build_landmark_source('openface', folder=str(tmp_path / 'csv'), counter='clip')(clip)
    filled = build_landmark_source('openface', 'previous', folder=str(tmp_path / 'csv'), counter='clip').find(clip)
    assert np.allclose(filled.points, FACE, atol=1e-4) and filled.fallbacks[0].frames == 3
    assert _rows(tmp_path, clip, counter='clip', min_confidence=0.4)[1].missing.tolist() == [False, False, True, True]


def test_rows_may_be_missing_and_faces_may_be_several(tmp_path, clip):
    _write(tmp_path, [1, 1, 1, 4], [0.6, 0.9, 0.7, 0.8])
    rows, found = _rows(tmp_path, clip, counter='clip')
    assert rows[0] == 1 and rows[3] == 3 and found.missing.tolist() == [False, True, True, False]


@pytest.mark.parametrize('options, message', [
    ({}, 'counts to 5, but the folder of the frames has 4 images'),
    ({'counter': 'clip'}, 'counts to 5, but the clip has 4 images')])
def test_a_file_of_other_images(tmp_path, clip, options, message):
    _write(tmp_path, [1, 2, 3, 4, 5])
    with pytest.raises(FaceError, match=message):
        _rows(tmp_path, clip, **options)
    _write(tmp_path, [0, 1, 2, 3, 4])
    with pytest.raises(FaceError, match='counts to 4'):
        _rows(tmp_path, clip, **options)


def test_frames_of_a_video(tmp_path, clip):
    clip.frame_paths = tuple(f'v.mp4#{number}' for number in (2, 3, 0, 1))
    _write(tmp_path, [1, 2, 3, 4, 5])
    assert _rows(tmp_path, clip)[0] == [2, 3, 0, 1]


def test_images_that_openface_does_not_read(tmp_path):
    clip = write_clip(tmp_path, IDS, 'img{}.PNG')
    _write(tmp_path, [1, 2, 3, 4])
    with pytest.raises(FaceError, match=r'OpenFace cannot have read img9.PNG when it wrote sub01/c.csv'):
        _rows(tmp_path, clip)
    assert _rows(tmp_path, clip, counter='clip')[0] == [0, 1, 2, 3]


def _without(column):
    return lambda text: '\n'.join(','.join(cell for number, cell in enumerate(line.split(','))
                                           if number != column) for line in text.splitlines())


@pytest.mark.parametrize('harm, message', [
    (lambda text: '', "has 0 columns 'frame'"),
    (_without(3), "has 0 columns 'confidence'"),
    (_without(140), "has 0 columns 'y_67'"),
    (lambda text: text.replace(' y_5,', ' x_5,'), "has 2 columns 'x_5'"),
    (lambda text: text.replace('0.98', 'good', 1), 'something else than 141 numbers in row 2'),
    (lambda text: text[:len(text) - 400], 'something else than 141 numbers in row 5'),
    (lambda text: text.replace('\n2,', '\n2.5,'), "whole numbers in its column 'frame'"),
    (lambda text: text.replace('\n2,', '\nnan,'), "whole numbers in its column 'frame'"),
    (lambda text: text.replace('\n2,', '\n1e300,'), "whole numbers in its column 'frame'"),
    (lambda text: text.splitlines()[0], 'counts to 0')])
def test_damaged_files(tmp_path, clip, harm, message):
    path = _write(tmp_path, [1, 2, 3, 4])
    path.write_text(harm(path.read_text().replace('\r\n', '\n')))
    with pytest.raises(FaceError, match=message):
        _rows(tmp_path, clip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_one_kind_of_error(tmp_path, data):
    clip = write_clip(tmp_path, (1, 2))
    path = _write(tmp_path, [1, 2])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place:place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    path.write_bytes(bytes(content))
    try:
        found = _rows(tmp_path, clip)[1]
    except FaceError as error:
        assert str(error).endswith(('.', '--openface-counter.')) and 'sub01/c.csv' in str(error)
    else:
        assert found.points.shape == (2, 68, 2)


def test_wrong_options(tmp_path):
    with pytest.raises(FaceError, match='nowhere does not exist: give the folder that holds <subject>/<clip>.csv'):
        build_landmark_source('openface', folder=str(tmp_path / 'nowhere'))
    with pytest.raises(FaceError, match="counter 'onset': choose one of folder, clip, number"):
        build_landmark_source('openface', folder=str(tmp_path), counter='onset')
