from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from fake_faces import FACE, frame_of, write_clip

from fdp_mmaction.errors import DatasetError, FaceError
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.detected_source import DetectedLandmarks

IDS = tuple(range(40, 50))


@dataclass(frozen=True)
class FakeDetector(DetectedLandmarks):
    """Finds the frames it is told to; the points say which frame and which finder."""

    first: tuple[int, ...] = ()
    second: tuple[int, ...] = ()
    model: str | None = None
    calls: Counter = field(default_factory=Counter, hash=False)

    def versions(self):
        return {'name': 'fake', 'version': '3'}

    def finders(self):
        def finder(name, found, shift):
            def find(image):
                self.calls[name] += 1
                frame = frame_of(image)
                return FACE + frame + shift if frame in found else None
            return name, find
        return finder('near', self.first, 0), finder('far', self.second, 0.5)


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path, IDS)


def _frames(found):
    """Frame number and finder of each row: 40, 40.5, ... or NaN."""
    return (found.points[:, 0, 0] - FACE[0, 0]).round(3).tolist()


def test_every_frame_by_the_first_detector(clip):
    detector = FakeDetector(first=IDS, second=IDS)
    found = detector(clip)
    assert _frames(found) == list(IDS) and found.fallbacks == () and found.reason == ''
    assert found.points.dtype == np.float32 and detector.calls == {'near': 10}


def test_the_second_detector_sees_only_what_is_left(clip):
    detector = FakeDetector(first=tuple(i for i in IDS if i not in (43, 47)), second=IDS)
    found = detector(clip)
    assert _frames(found) == [40, 41, 42, 43.5, 44, 45, 46, 47.5, 48, 49]
    assert found.fallbacks == (Fallback('far', 2, 43),) and detector.calls == {'near': 10, 'far': 2}


def test_the_next_frames_stand_in_for_the_onset(clip):
    found = FakeDetector(first=IDS[2:], second=IDS)(clip)
    assert _frames(found) == [42, 42, *IDS[2:]] and found.fallbacks == (Fallback('later_frame', 2, 40),)


def test_a_face_too_late_does_not_stand_in(clip):
    found = FakeDetector(first=IDS[3:], second=IDS, onset_search=2)(clip)
    assert _frames(found) == [40.5, 41.5, 42.5, *IDS[3:]] and found.fallbacks == (Fallback('far', 3, 40),)
    found = FakeDetector(first=IDS[6:], second=IDS[1:2], onset_search=2)(clip)
    assert _frames(found)[:2] == [41.5, 41.5] and np.isnan(_frames(found)[2:6]).all()
    assert found.fallbacks == (Fallback('far', 1, 41), Fallback('later_frame', 1, 40))
    assert found.reason.startswith('No face was found in 4 of 10 images (first: img42.png)')


def test_no_face(clip):
    found = FakeDetector()(clip)
    assert found.missing.all() and found.fallbacks == ()
    assert found.reason.startswith('No face was found in 10 of 10 images (first: img40.png)')


def test_per_onset_looks_at_no_more_than_it_needs(clip):
    detector = FakeDetector('onset', first=IDS)
    assert _frames(detector(clip)) == [40] * 10 and detector.calls == {'near': 1}
    detector = FakeDetector('onset', first=IDS[3:])
    found = detector(clip)
    assert _frames(found) == [43] * 10 and found.fallbacks == (Fallback('later_frame', 3, 40),)
    assert detector.calls == {'near': 4}
    detector = FakeDetector('onset', first=IDS[6:], second=IDS[1:])
    found = detector(clip)
    assert _frames(found) == [41.5] * 10 and detector.calls == {'near': 6, 'far': 2}
    assert found.fallbacks == (Fallback('far', 1, 41), Fallback('later_frame', 1, 40))
    found = FakeDetector('onset', first=IDS[6:])(clip)
    assert found.missing.all() and 'in 6 of 6 images' in found.reason


def test_a_detector_that_breaks_down_names_the_image(clip):
    @dataclass(frozen=True)
    class Broken(FakeDetector):
        def finders(self):
            def find(_):
                raise RuntimeError('graph failed\nmore')
            return (('near', find),)

    with pytest.raises(FaceError, match=r'The detector near failed on img40.png \(graph failed\)'):
        Broken()(clip)


def test_points_that_are_not_finite_are_no_face(clip):
    @dataclass(frozen=True)
    class Odd(FakeDetector):
        def finders(self):
            return (('near', lambda _: np.full((68, 2), np.inf)),)

    assert Odd()(clip).missing.all()


def test_a_damaged_image_is_an_error(clip):
    with open(clip.frame_paths[1], 'wb') as file:
        file.write(b'text')
    with pytest.raises(DatasetError, match='Image img41.png is damaged'):
        FakeDetector(first=IDS)(clip)


def test_backend_names_everything_landmarks_depend_on(tmp_path):
    model = tmp_path / 'private' / 'model.dat'
    model.parent.mkdir()
    model.write_bytes(b'weights')
    backend = FakeDetector('onset', 3, model=str(model)).backend
    assert backend['name'] == 'fake' and backend['version'] == '3' and backend['onset_search'] == 3
    assert backend['per'] == 'onset' and backend['model'] == 'model.dat'
    assert backend['model_sha256'] == hashlib.sha256(b'weights').hexdigest() and str(tmp_path) not in str(backend)


def test_wrong_settings():
    with pytest.raises(FaceError, match="per frame or onset, not per 'clip'"):
        FakeDetector('clip')
    with pytest.raises(FaceError, match='onset_search must not be negative'):
        FakeDetector(onset_search=-1)
