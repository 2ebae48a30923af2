from __future__ import annotations

import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.datasets.transforms import CropFrames
from fdp_mmaction.errors import DatasetError


@pytest.fixture
def results():
    """Frames, landmarks and flows that tell where a pixel came from: two clips of three frames."""
    place = np.add.outer(np.arange(12), 16 * np.arange(12)).T.astype(np.uint8)          # x + 16 y
    return dict(
        imgs=np.stack([place + t for t in range(6)]), landmarks=np.full((6, 68, 2), 5, np.float32),
        gt_flow=np.broadcast_to(place, (2, 2, 2, 12, 12)).astype(np.float32),
        gt_exact_flow=np.broadcast_to(2.0 * place, (2, 2, 2, 12, 12)).astype(np.float32), img_shape=(12, 12),
        num_clips=2, clip_len=3, frame_inds=np.arange(6), sample_id='x/y/z')


def corner(value):
    return int(value) % 16, int(value) // 16


@pytest.mark.parametrize('crops', [1, 5])
def test_everything_is_cut_at_the_same_places(results, crops):
    np.random.seed(2)
    cut = CropFrames(8, random=True, crops=crops)(results)
    assert cut['imgs'].shape == (6 * crops, 8, 8) and cut['img_shape'] == (8, 8)
    assert cut['num_clips'] == 2 * crops and cut['frame_inds'].tolist() == [*range(6)] * crops
    assert cut['gt_flow'].shape == cut['gt_exact_flow'].shape == (2 * crops, 2, 2, 8, 8)
    imgs = cut['imgs'].reshape(crops, 6, 8, 8)
    places = [corner(img[0, 0, 0]) for img in imgs]
    assert len(set(places)) == (1 if crops == 1 else 4)
    for crop, (x, y) in enumerate(places):
        window = np.s_[..., y:y + 8, x:x + 8]
        np.testing.assert_array_equal(imgs[crop], results['imgs'][window])
        clips = slice(2 * crop, 2 * crop + 2)
        for flow in ('gt_flow', 'gt_exact_flow'):
            np.testing.assert_array_equal(cut[flow][clips], results[flow][window])
        assert (cut['landmarks'][6 * crop:6 * crop + 6] == (5 - x, 5 - y)).all()


def test_several_crops_of_one_clip_without_counts(results):
    one = dict(imgs=results['imgs'][:3], gt_flow=results['gt_flow'][0], sample_id='x')
    np.random.seed(0)
    cut = CropFrames(8, random=True, crops=3)(one)
    assert cut['imgs'].shape == (9, 8, 8) and cut['gt_flow'].shape == (3, 2, 2, 8, 8) and cut['num_clips'] == 3


def test_one_crop_keeps_the_form(results):
    cut = CropFrames(8)(dict(results, gt_flow=results['gt_flow'][0]))
    assert corner(cut['imgs'][0, 0, 0]) == (2, 2) and cut['gt_flow'].shape == (2, 2, 8, 8)


def test_crops_of_a_whole_pipeline(prepared):
    pipeline = [dict(type='SampleMEFrames', clip_len=4, mode='stride', num_clips='all'),
                dict(type='LoadPackedFrames', with_landmarks=True), dict(type='FlowTarget', method='dis'),
                dict(type='CropFrames', size=24, random=True, crops=2), dict(type='PackMEInputs')]
    packed = CASME2Dataset(prepared, test_subject='sub01', test_mode=True, pipeline=pipeline)[0]
    assert packed['inputs'].shape == (6, 1, 4, 24, 24)      # 12 frames: 3 offsets, twice
    sample = packed['data_samples']
    assert sample.gt_flow.shape == (6, 3, 2, 24, 24) and sample.gt_landmarks.shape == (24, 68, 2)
    assert sample.frame_inds.tolist() == [*range(0, 12, 3), *range(1, 12, 3), *range(2, 12, 3)] * 2


def test_wrong_use(results):
    with pytest.raises(DatasetError, match='x/y/z: frames of 12x12 pixels are smaller than the crop of 13'):
        CropFrames(13)(results)
    for wrong in (dict(crops=2), dict(crops=0, random=True)):
        with pytest.raises(ValueError, match='cuts one centre, or one or more squares'):
            CropFrames(8, **wrong)
