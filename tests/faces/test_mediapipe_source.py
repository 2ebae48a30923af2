from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest
from fake_faces import write_clip

from fdp_mmaction.errors import FaceError
from fdp_mmaction.faces import mediapipe_source
from fdp_mmaction.faces.alignment import five_points
from fdp_mmaction.faces.clip_landmarks import Fallback
from fdp_mmaction.faces.landmark_sources import build_landmark_source
from fdp_mmaction.faces.mesh_points import MESH_POINTS

LEAN = r"pip install --no-deps mediapipe==0\.10\.14 absl-py attrs flatbuffers 'protobuf>=4\.25\.3,<5'$"


def _vertices(left: float, right: float, count: int = 468):
    """A mesh whose jaw spans from ``left`` to ``right``, shares of the image; all other points between."""
    mesh = [SimpleNamespace(x=(left + right) / 2, y=0.5) for _ in range(count)]
    mesh[MESH_POINTS[0]], mesh[MESH_POINTS[16]] = SimpleNamespace(x=left, y=0.5), SimpleNamespace(x=right, y=0.5)
    return mesh


class FakeMediapipe(ModuleType):
    """MediaPipe with a face where it is told, by the width of the image: ``mesh`` spans and ``boxes``."""

    def __init__(self, mesh=None, boxes=None, version='0.10.14', solutions=True):
        super().__init__('mediapipe')
        self.__version__, self.mesh, self.boxes, self.seen = version, mesh or {}, boxes or [], []
        self.settings = {}
        if solutions:
            self.solutions = SimpleNamespace(face_mesh=SimpleNamespace(FaceMesh=self._mesh),
                                             face_detection=SimpleNamespace(FaceDetection=self._detection))

    def _mesh(self, **settings):
        self.settings['mesh'] = settings

        def process(image):
            assert image.dtype == np.uint8 and image.flags.c_contiguous
            self.seen.append(image.shape)
            span = self.mesh.get(image.shape[1])
            faces = None if span is None else [SimpleNamespace(landmark=_vertices(*span))]
            return SimpleNamespace(multi_face_landmarks=faces)
        return SimpleNamespace(process=process)

    def _detection(self, **settings):
        self.settings['detection'] = settings
        found = [SimpleNamespace(location_data=SimpleNamespace(relative_bounding_box=SimpleNamespace(
            xmin=x, ymin=y, width=width, height=height))) for x, y, width, height in self.boxes]
        return SimpleNamespace(process=lambda image: SimpleNamespace(detections=found or None))


@pytest.fixture
def install(monkeypatch):
    """Put a fake in the place of MediaPipe."""
    mediapipe_source._open.cache_clear()

    def put(**options):
        fake = FakeMediapipe(**options)
        monkeypatch.setitem(sys.modules, 'mediapipe', fake)
        return fake

    yield put
    mediapipe_source._open.cache_clear()


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path, (9,))      # 80 x 60


def test_a_large_face(install, clip):
    fake = install(mesh={80: (0.25, 0.75)}, boxes=[(0, 0, 1, 1)])
    found = build_landmark_source('mediapipe', confidence=0.4).find(clip)
    assert found.points[0, [0, 16]].tolist() == [[19.5, 29.5], [59.5, 29.5]] and found.fallbacks == ()
    assert fake.seen == [(60, 80, 3)]
    assert fake.settings == {
        'mesh': dict(static_image_mode=True, max_num_faces=1, min_detection_confidence=0.4),
        'detection': dict(model_selection=1, min_detection_confidence=0.4)}


@pytest.mark.parametrize('first_try', [None, (0.50, 0.64)])      # missed, or narrower than 15 % of the width
def test_a_small_face_is_looked_at_in_a_crop(install, clip, first_try):
    # the larger box: left 40, top 30, 10 x 8 pixels; the crop: 20 pixels around (45, 34)
    fake = install(mesh={80: first_try, 20: (0.3, 0.7)}, boxes=[(0, 0, 0.01, 0.01), (0.5, 0.5, 0.125, 8 / 60)])
    found = build_landmark_source('mediapipe').find(clip)
    assert fake.seen == [(60, 80, 3), (20, 20, 3)]
    np.testing.assert_allclose(found.points[0, [0, 16]], [[35 + 5.5, 24 + 9.5], [35 + 13.5, 24 + 9.5]], atol=1e-4)
    assert found.fallbacks == (Fallback('full_range_crop', 1, 9),)


def test_no_face(install, clip):
    install(mesh={80: (0.50, 0.64)}, boxes=[])
    with pytest.raises(FaceError, match=r'No face was found in 1 of 1 images \(first: img9.png\)'):
        build_landmark_source('mediapipe')(clip)
    install(boxes=[(0.5, 0.5, 0.125, 0.125)])
    mediapipe_source._open.cache_clear()
    with pytest.raises(FaceError, match='No face was found'):
        build_landmark_source('mediapipe')(clip)


def test_one_detector_per_process_and_none_is_pickled(install, clip):
    fake = install(mesh={80: (0.25, 0.75)})
    source = build_landmark_source('mediapipe')
    source.find(clip)
    fake.settings.clear()
    assert pickle.loads(pickle.dumps(source)).find(clip).fallbacks == () and fake.settings == {}


def test_backend(install):
    install(version='0.10.14')
    assert build_landmark_source('mediapipe').backend == {
        'name': 'mediapipe', 'version': '0.10.14', 'interface': 'solutions', 'per': 'frame', 'onset_search': 5,
        'model': None, 'confidence': 0.5}


def test_missing_package_names_the_lean_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mediapipe', None)
    with pytest.raises(FaceError, match=f'MediaPipe or a part of it is not installed .*: {LEAN}'):
        build_landmark_source('mediapipe')


def test_a_broken_package_names_the_lean_install(monkeypatch, tmp_path):
    (tmp_path / 'mediapipe.py').write_text('raise TypeError("Descriptors cannot be created directly")')
    monkeypatch.delitem(sys.modules, 'mediapipe', raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(FaceError, match=rf'MediaPipe cannot be imported \(TypeError\): {LEAN}'):
        build_landmark_source('mediapipe')


def test_versions_without_models_need_a_file(install, tmp_path):
    install(version='1.2.2', solutions=False)
    with pytest.raises(FaceError, match=rf'MediaPipe 1.2.2 carries no models: .* --landmark-model.*: {LEAN}'):
        build_landmark_source('mediapipe')
    with pytest.raises(FaceError, match='no.task does not exist'):
        build_landmark_source('mediapipe', model=str(tmp_path / 'no.task'))


def _install_tasks(monkeypatch, fake, create):
    fake.Image, fake.ImageFormat = (lambda image_format, data: data), SimpleNamespace(SRGB='srgb')
    vision = ModuleType('mediapipe.tasks.python.vision')
    vision.FaceLandmarkerOptions = lambda **options: options
    vision.FaceLandmarker = SimpleNamespace(create_from_options=create)
    base = ModuleType('mediapipe.tasks.python.core.base_options')
    base.BaseOptions = lambda model_asset_path: model_asset_path
    package = ModuleType('mediapipe.tasks.python')
    package.vision = vision
    for name, module in (('mediapipe.tasks', ModuleType('mediapipe.tasks')), ('mediapipe.tasks.python', package),
                         ('mediapipe.tasks.python.vision', vision),
                         ('mediapipe.tasks.python.core', ModuleType('mediapipe.tasks.python.core')),
                         ('mediapipe.tasks.python.core.base_options', base)):
        monkeypatch.setitem(sys.modules, name, module)


def test_newer_versions_by_a_model_file(install, monkeypatch, clip, tmp_path):
    fake = install(version='1.2.2', solutions=False)
    asked, spans = [], {80: (0.25, 0.75)}

    def create(options):
        asked.append(options)

        def detect(image):
            span = spans.get(image.shape[1])
            return SimpleNamespace(face_landmarks=[] if span is None else [_vertices(*span, count=478)])
        return SimpleNamespace(detect=detect, close=lambda: None)

    _install_tasks(monkeypatch, fake, create)
    model = tmp_path / 'face.task'
    model.write_bytes(b'weights')
    source = build_landmark_source('mediapipe', model=str(model))
    assert source.find(clip).points[0, [0, 16]].tolist() == [[19.5, 29.5], [59.5, 29.5]]
    assert asked == [dict(base_options=str(model), num_faces=1, min_face_detection_confidence=0.5)]
    assert source.backend['interface'] == 'tasks' and source.backend['model'] == 'face.task'
    spans[80], spans[20] = None, (0.3, 0.7)
    monkeypatch.setattr(mediapipe_source, 'find_face_box', lambda image: (40, 30, 10, 8))
    mediapipe_source._open.cache_clear()
    found = source.find(clip)
    assert found.fallbacks == (Fallback('cascade_crop', 1, 9),)
    np.testing.assert_allclose(found.points[0, 0], [35 + 5.5, 24 + 9.5], atol=1e-4)


def test_a_file_that_is_no_model(install, monkeypatch, tmp_path):
    fake = install(version='1.2.2', solutions=False)

    def create(options):
        raise ValueError('not a zip')

    _install_tasks(monkeypatch, fake, create)
    (tmp_path / 'face.task').write_bytes(b'text')
    with pytest.raises(FaceError, match=r'cannot use the model file face.task: give a face landmarker file'):
        build_landmark_source('mediapipe', model=str(tmp_path / 'face.task'))


def test_nothing_is_imported_before_a_source_is_built():
    code = ('import sys, fdp_mmaction.faces.landmark_sources\n'
            'print(sorted({"mediapipe", "dlib", "skimage", "scipy", "torch"} & set(sys.modules)))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True,
                          env={**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])})
    assert done.stdout == '[]\n'


@pytest.fixture(scope='module')
def rendered():
    pytest.importorskip('mediapipe', reason='mediapipe is not installed')
    from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_clip
    return [render_clip(plan, frames=[0]) for plan in plan_clips(SyntheticConfig(3, 1, seed=7))]


@pytest.mark.parametrize('width, kinds', [(640, ()), (140, ('full_range_crop',))])
def test_the_real_one_on_rendered_faces(rendered, tmp_path, width, kinds):
    """A face of 280 pixels in 640, and of 61 in 960."""
    source = build_landmark_source('mediapipe')
    for number, clip in enumerate(rendered):
        scale = width / 640
        image = cv2.resize(clip.frames[0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        corner = (0, 0)
        if width < 640:
            large = np.full((540, 960, 3), 110, np.uint8)
            large[200:200 + image.shape[0], 300:300 + width] = image
            image, corner = large, (300, 200)
        record = write_clip(tmp_path / str(number), (9,))
        cv2.imwrite(record.frame_paths[0], image)
        found = source.find(record)
        truth = five_points((clip.landmarks[0].astype(float) + 0.5) * scale - 0.5 + corner)
        error = np.linalg.norm(five_points(found.points[0]) - truth, axis=1) / np.linalg.norm(truth[1] - truth[0])
        assert error[:2].max() < 0.06 and error.max() < 0.15
        assert tuple(fallback.kind for fallback in found.fallbacks) == kinds
