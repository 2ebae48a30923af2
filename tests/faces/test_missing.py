from __future__ import annotations

import numpy as np
import pytest
from fake_faces import HEIGHT, WIDTH, write_clip

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces.clip_landmarks import ClipLandmarks, Fallback
from fdp_mmaction.faces.complete_landmarks import CompleteLandmarks
from fdp_mmaction.faces.mean_shape import centred_face
from fdp_mmaction.faces.missing import ClipSkipped, NoFaceError, fill_missing

IDS = (9, 10, 11, 12, 13)
EARLIER = Fallback('full_range_crop', 1, 9)


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path, IDS)


def _found(*present: bool) -> ClipLandmarks:
    """Points equal to the index of their frame."""
    points = np.where(np.array(present), np.arange(float(len(present))), np.nan)
    return ClipLandmarks(np.broadcast_to(points[:, None, None], (len(present), 68, 2)).astype(np.float32),
                         (EARLIER,), 'No face in some frames.')


@pytest.mark.parametrize('choice', ['raise', 'skip', 'previous', 'center_crop'])
def test_nothing_missing(clip, choice):
    found = _found(True, True, True, True, True)
    assert fill_missing(found, clip, choice) is found


def test_raise_and_skip(clip):
    found = _found(True, False, True, True, False)
    with pytest.raises(NoFaceError, match='No face in some frames') as lost:
        fill_missing(found, clip)
    assert not isinstance(lost.value, ClipSkipped) and isinstance(lost.value, FaceError)
    with pytest.raises(ClipSkipped, match='No face in some frames') as skipped:
        fill_missing(found, clip, 'skip')
    assert skipped.value.fallbacks == (Fallback('skip', 2, 10),)


@pytest.mark.parametrize('choice', ['previous', 'center_crop'])
@pytest.mark.parametrize('present, wanted, first', [
    ((True, False, False, True, False), [0, 0, 0, 3, 3], 10),
    ((False, False, True, False, True), [2, 2, 2, 2, 4], 9)])
def test_frames_take_the_landmarks_before(clip, choice, present, wanted, first):
    filled = fill_missing(_found(*present), clip, choice)
    assert filled.points[:, 67, 1].tolist() == wanted and not filled.missing.any()
    assert filled.points.dtype == np.float32
    assert filled.fallbacks == (EARLIER, Fallback('previous', 3, first))


def test_no_face_at_all(clip):
    found = _found(False, False, False, False, False)
    with pytest.raises(NoFaceError):
        fill_missing(found, clip, 'previous')
    filled = fill_missing(found, clip, 'center_crop')
    assert filled.fallbacks == (EARLIER, Fallback('center_crop', 5, 9))
    np.testing.assert_allclose(filled.points, np.broadcast_to(centred_face(HEIGHT, WIDTH), (5, 68, 2)), rtol=1e-6)


@pytest.mark.parametrize('kind, text', [
    ('later_frame', 'no face in the first 3 frames (from 9)'), ('previous', 'no face in 3 frames (first: 9)'),
    ('center_crop', 'no face in any of 3 frames'), ('skip', 'left out by choice'),
    ('full_range_crop', 'fails on 3 frames (first: 9): found by full_range_crop')])
def test_every_fallback_says_what_was_done(kind, text):
    assert text in Fallback(kind, 3, 9).text and Fallback(kind, 3, 9).text.startswith('faces: ')


def test_gaps_are_filled_before_smoothing(clip):
    def source(_):
        return _found(True, False, True, False, False)

    with pytest.raises(NoFaceError):
        CompleteLandmarks(source)(clip)
    complete = CompleteLandmarks(source, 'previous', 5)
    found = complete.find(clip)
    wanted = np.polyval(np.polyfit(range(5), [0, 0, 2, 2, 2], 2), range(5))
    np.testing.assert_allclose(found.points[:, 0, 0], wanted, atol=1e-6)
    assert found.fallbacks == (EARLIER, Fallback('previous', 3, 10)) and complete.backend == {}
    np.testing.assert_array_equal(complete(clip), found.points)


def test_unknown_choices():
    with pytest.raises(FaceError, match="without a face 'ignore': choose one of raise, skip, previous, center_crop"):
        CompleteLandmarks(lambda _: None, 'ignore')
    with pytest.raises(FaceError, match='odd number of frames'):
        CompleteLandmarks(lambda _: None, smooth=4)
