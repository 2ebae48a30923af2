from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from fake_faces import write_clip

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces import dlib_source
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.landmark_sources import build_landmark_source


class FakeDlib(ModuleType):
    """dlib with faces of the given areas, found from a certain upsampling on; points tell the area."""

    def __init__(self, areas=(4, 9), upsample=0, parts=68, readable=True):
        super().__init__('dlib')
        self.__version__, self.areas, self.upsample = '20.0', areas, upsample
        self.parts, self.readable = parts, readable

    def rectangle(self, left, top, right, bottom):
        return SimpleNamespace(area=lambda: (right - left) * (bottom - top))

    def get_frontal_face_detector(self):
        return lambda image, upsample: [SimpleNamespace(area=lambda area=area: area) for area in self.areas
                                        if upsample >= self.upsample]

    def shape_predictor(self, path):
        if not self.readable:
            raise RuntimeError('Error deserializing object of type int')
        return lambda image, box: SimpleNamespace(
            num_parts=self.parts, part=lambda index: SimpleNamespace(x=index, y=box.area()))


@pytest.fixture
def install(monkeypatch):
    dlib_source._open.cache_clear()

    def put(**options):
        monkeypatch.setitem(sys.modules, 'dlib', FakeDlib(**options))

    yield put
    dlib_source._open.cache_clear()


@pytest.fixture
def model(tmp_path):
    path = tmp_path / 'predictor.dat'
    path.write_bytes(b'trees')
    return str(path)


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path, (9, 10))


def test_the_largest_face(install, model, clip):
    install()
    source = build_landmark_source('dlib', model=model)
    found = source.find(clip)
    assert found.points.shape == (2, 68, 2) and found.points[1, 67].tolist() == [67, 9] and found.fallbacks == ()
    assert source.backend['version'] == '20.0' and source.backend['model'] == 'predictor.dat'


def test_a_small_face_is_found_at_twice_the_size(install, model, clip):
    install(upsample=1)
    assert build_landmark_source('dlib', model=model).find(clip).fallbacks == (Fallback('hog_upsampled', 2, 9),)


def test_no_face(install, model, clip):
    install(areas=())
    with pytest.raises(FaceError, match='No face was found in 2 of 2 images'):
        build_landmark_source('dlib', model=model)(clip)


def test_setup_errors(install, model, tmp_path, monkeypatch):
    install()
    with pytest.raises(FaceError, match='needs a 68-point predictor file.*--landmark-model FILE'):
        build_landmark_source('dlib')
    with pytest.raises(FaceError, match='needs a 68-point predictor file'):
        build_landmark_source('dlib', model=str(tmp_path / 'nowhere.dat'))
    install(parts=5)
    with pytest.raises(FaceError, match='predictor.dat predicts 5 points'):
        build_landmark_source('dlib', model=model)
    install(readable=False)
    with pytest.raises(FaceError, match='dlib cannot read predictor.dat'):
        build_landmark_source('dlib', model=model)
    monkeypatch.setitem(sys.modules, 'dlib', None)
    with pytest.raises(FaceError, match='dlib is not installed: pip install dlib-bin$'):
        build_landmark_source('dlib', model=model)


def test_the_real_one_on_rendered_faces(tmp_path):
    """With a tiny predictor, trained here on the same faces."""
    dlib = pytest.importorskip('dlib', reason='dlib is not installed')
    import cv2

    from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_clip
    dlib_source._open.cache_clear()
    clips = [render_clip(plan, frames=[0]) for plan in plan_clips(SyntheticConfig(4, 1, seed=7))]
    images = [np.ascontiguousarray(clip.frames[0][..., ::-1]) for clip in clips]
    boxes = [dlib.get_frontal_face_detector()(image, 0)[0] for image in images]
    shapes = [[dlib.full_object_detection(box, [dlib.point(round(x), round(y)) for x, y in clip.landmarks[0].tolist()])]
              for clip, box in zip(clips, boxes)]
    options = dlib.shape_predictor_training_options()
    options.cascade_depth, options.num_trees_per_cascade_level, options.tree_depth = 6, 30, 2
    options.num_threads = 1
    path = str(tmp_path / 'toy.dat')
    dlib.train_shape_predictor(images, shapes, options).save(path)
    source = build_landmark_source('dlib', model=path)
    for number, clip in enumerate(clips):
        record = write_clip(tmp_path / str(number), (9,))
        cv2.imwrite(record.frame_paths[0], clip.frames[0])
        assert np.abs(source(record)[0] - clip.landmarks[0]).mean() < 3
