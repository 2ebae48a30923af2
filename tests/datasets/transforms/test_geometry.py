import cv2
import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import CropFrames, FlipFrames, ResizeFrames
from fdp_mmaction.datasets.transforms.geometry import MIRRORED_LANDMARKS
from fdp_mmaction.errors import DatasetError


@pytest.fixture
def spots():
    """Frames with one bright spot at each of the landmarks 30 and 36, and landmarks that say so."""
    rng = np.random.default_rng(0)
    imgs = np.zeros((3, 48, 48), dtype=np.uint8)
    landmarks = rng.uniform(5, 42, (3, 68, 2)).astype(np.float32)
    for t in range(3):
        for index in (30, 36):
            x, y = rng.integers(12, 36, 2)
            landmarks[t, index] = x, y
            imgs[t, y, x] = 255
        imgs[t] = cv2.GaussianBlur(imgs[t], (0, 0), 1.5) * 10
    return dict(imgs=imgs, landmarks=landmarks, img_shape=(48, 48), sample_id='x/y/z')


def brightness_at(results, t, index):
    x, y = np.rint(results['landmarks'][t, index]).astype(int)
    return int(results['imgs'][t, y, x])


@pytest.mark.parametrize('transform', [
    ResizeFrames(96), ResizeFrames(31), CropFrames(40), CropFrames(40, random=True), FlipFrames(prob=1.0)])
def test_landmarks_stay_on_their_spots(spots, transform):
    np.random.seed(1)
    moved = transform(spots)
    for t in range(3):
        for index in (30, 36):
            place = index if not isinstance(transform, FlipFrames) else {30: 30, 36: 45}[index]
            assert brightness_at(moved, t, place) >= 0.6 * moved['imgs'][t].max()
    assert moved['imgs'].shape[1:] == moved['img_shape']


def test_mirrored_landmarks_are_pairs():
    assert sorted(MIRRORED_LANDMARKS) == list(range(68))
    assert np.array_equal(MIRRORED_LANDMARKS[MIRRORED_LANDMARKS], np.arange(68))
    pairs = {0: 16, 17: 26, 21: 22, 30: 30, 36: 45, 39: 42, 48: 54, 51: 51, 62: 62, 60: 64}
    assert {place: MIRRORED_LANDMARKS[place] for place in pairs} == pairs


def test_flipping_twice_changes_nothing(spots):
    twice = FlipFrames(prob=1.0)(FlipFrames(prob=1.0)(spots))
    assert np.array_equal(twice['imgs'], spots['imgs'])
    np.testing.assert_allclose(twice['landmarks'], spots['landmarks'], atol=1e-5)
    assert FlipFrames(prob=0.0)(spots) is spots


def test_all_frames_of_a_clip_move_alike(spots):
    np.random.seed(3)
    same = dict(spots, imgs=np.repeat(spots['imgs'][:1], 3, axis=0))
    cropped = CropFrames(30, random=True)(same)['imgs']
    assert (cropped == cropped[0]).all()
    places = {CropFrames(30, random=True)(same)['imgs'].tobytes() for _ in range(20)}
    assert len(places) > 5


def test_a_crop_larger_than_the_frame(spots):
    with pytest.raises(DatasetError, match='x/y/z: frames of 48x48 pixels are smaller than the crop of 64'):
        CropFrames(64)(spots)


def test_input_is_left_alone(spots):
    before = spots['imgs'].copy(), spots['landmarks'].copy()
    for transform in (ResizeFrames(20), CropFrames(20), FlipFrames(1.0)):
        transform(spots)
    assert np.array_equal(before[0], spots['imgs']) and np.array_equal(before[1], spots['landmarks'])
