from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mini_casme2 import face_landmarks

from fdp_mmaction.datasets.preparation import PreparationSettings
from fdp_mmaction.datasets.preparation.aligned_clips import AlignedClips, fitting_matrix
from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.alignment import alignment_matrix, warp_face
from fdp_mmaction.faces.clip_landmarks import Fallback

SIZE = 48


@pytest.fixture
def clip(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f'img{n}.png') for n in (9, 10, 11)]
    for path in paths:
        cv2.imwrite(path, rng.integers(0, 256, (60, 80, 3), dtype=np.uint8))
    landmarks = np.stack([face_landmarks(rng, 60) for _ in paths]).astype(np.float32)
    (tmp_path / 'sub01').mkdir()
    record = SimpleNamespace(subject='sub01', clip='c', frame_paths=tuple(paths), frame_ids=(9, 10, 11),
                             landmarks=landmarks, folder=str(tmp_path))
    _save(record, landmarks)
    return record


def _save(record, landmarks):
    np.savez(f'{record.folder}/sub01/c.npz', landmarks=landmarks, frame_ids=record.frame_ids)


def _align(record, align='onset', **options):
    settings = PreparationSettings(size=SIZE, align=align, landmark_options={'folder': record.folder}, **options)
    return AlignedClips(settings)(record)[:2]


@pytest.mark.parametrize('align', ['onset', 'frame'])
def test_against_a_plain_loop(clip, align):
    frames, landmarks = _align(clip, align, box_factor=2.0, border=3)
    assert frames.shape == (3, SIZE, SIZE) and frames.dtype == np.uint8
    assert landmarks.shape == (3, 68, 2) and landmarks.dtype == np.float32
    for t, path in enumerate(clip.frame_paths):
        matrix = alignment_matrix(clip.landmarks[0 if align == 'onset' else t], SIZE, 2.0)
        image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(frames[t], warp_face(image, matrix, SIZE, border=3))
        for point, (x, y) in enumerate(clip.landmarks[t].astype(float)):
            np.testing.assert_allclose(landmarks[t, point], matrix @ (x, y, 1), atol=1e-3)


def test_the_two_modes_differ(clip):
    assert not np.array_equal(_align(clip, 'onset')[0], _align(clip, 'frame')[0])


@pytest.mark.parametrize('height, width', [(60, 80), (80, 60), (48, 48), (7, 200)])
def test_fitting_matrix_keeps_centre_and_shape(height, width):
    matrix = fitting_matrix(height, width, SIZE)
    centre = matrix @ ((width - 1) / 2, (height - 1) / 2, 1)
    np.testing.assert_allclose(centre, (SIZE - 1) / 2)
    assert matrix[0, 0] == matrix[1, 1] and matrix[0, 1] == matrix[1, 0] == 0
    edge = matrix @ (-0.5, -0.5, 1)      # outer edge of the corner pixel
    assert edge.min() == pytest.approx(-0.5) and edge.max() >= -0.5


def test_cropped_frames_are_fitted_whole(clip):
    frames, landmarks, fallbacks = AlignedClips(PreparationSettings(size=SIZE, landmark_source='none'))(clip)
    assert landmarks is None and fallbacks == () and frames.shape == (3, SIZE, SIZE)
    assert (frames[:, :5] == 128).all() and (frames[:, -5:] == 128).all()      # 80 x 60 becomes 48 x 36
    assert frames[:, 7:-7].std() > 10


def test_images_of_different_size(clip):
    cv2.imwrite(clip.frame_paths[2], np.zeros((60, 81), np.uint8))
    with pytest.raises(DatasetError, match='Image img11.png is 81x60, the first of its clip 80x60'):
        _align(clip)


def test_landmarks_of_other_images(clip):
    _save(clip, clip.landmarks + 100)
    with pytest.raises(FaceError, match='lie outside its 80x60 images'):
        _align(clip)


def test_choices_reach_the_source_and_fallbacks_the_caller(clip):
    clip.landmarks[1] = np.nan
    _save(clip, clip.landmarks)
    with pytest.raises(FaceError, match='holds NaN or infinity in 1 frames'):
        _align(clip)
    options = {'folder': clip.folder, 'on_missing': 'previous'}
    made = AlignedClips(PreparationSettings(size=SIZE, align='frame', landmark_options=options))(clip)
    assert made.fallbacks == (Fallback('previous', 1, 10),)
    np.testing.assert_allclose(made.landmarks[1], made.landmarks[0])


def test_a_clip_without_a_face_shows_the_middle_of_the_image(clip):
    _save(clip, np.full((3, 68, 2), np.nan))
    options = {'folder': clip.folder, 'on_missing': 'center_crop'}
    made = AlignedClips(PreparationSettings(size=60, landmark_options=options))(clip)
    for frame, path in zip(made.frames, clip.frame_paths):      # 80 x 60: the middle 60 columns, as they are
        image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)[:, 10:70]
        assert np.abs(frame.astype(int) - image).max() <= 1


def test_landmarks_in_one_point(clip):
    _save(clip, np.zeros((3, 68, 2), np.float32))
    with pytest.raises(FaceError, match='two distinct eye centres'):
        _align(clip)
