from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.datasets.transforms import FlowTarget, LoadPackedFrames, SampleMEFrames
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.optical_flow import dis_flow, tvl1_flow


@pytest.fixture
def results(prepared):
    info = CASME2Dataset(prepared, test_subject='sub01', test_mode=True).get_data_info(0)
    return LoadPackedFrames()(SampleMEFrames(clip_len=3)(info))


def kept(results) -> list[Path]:
    return sorted(Path(results['frames_path']).with_suffix('.flow').rglob('*.npy'))


def test_flow_between_the_sampled_frames(results):
    flow = FlowTarget()(results)['gt_flow']
    assert flow.shape == (2, 2, 32, 32) and flow.dtype == np.float32
    np.testing.assert_allclose(flow, tvl1_flow(results['imgs']), rtol=1e-3, atol=1e-3)
    assert [path.parent.name for path in kept(results)] == ['tvl1', 'tvl1']
    np.testing.assert_array_equal(FlowTarget(compute=False)(results)['gt_flow'], flow)


def test_several_clips(results):
    six = np.concatenate([results['imgs'], results['imgs'][::-1]])
    flow = FlowTarget('dis')(dict(results, imgs=six, num_clips=2))['gt_flow']
    assert flow.shape == (2, 2, 2, 32, 32)
    np.testing.assert_allclose(flow[1], dis_flow(six[3:]), rtol=1e-3, atol=1e-3)


def test_where_flow_is_kept(results, tmp_path):
    FlowTarget('dis')(results)
    assert kept(results) == []
    FlowTarget('dis', cache=True)(results)
    assert len(kept(results)) == 2
    FlowTarget('dis', cache=str(tmp_path / 'elsewhere'))(results)
    assert len(list((tmp_path / 'elsewhere/noise/sub01/EP00_01.flow/dis').iterdir())) == 2
    FlowTarget('dis', cache=True)({key: value for key, value in results.items() if key != 'frames_path'})


def test_training_can_be_kept_from_computing(results):
    with pytest.raises(DatasetError, match=r'noise/sub01/EP00_01: tvl1 flow .*EP00_01.flow: compute it beforehand'):
        FlowTarget(compute=False)(results)
    FlowTarget()(results)
    moved = LoadPackedFrames()(dict(results, frame_inds=np.array([0, 5, 11])))
    with pytest.raises(DatasetError, match='compute it beforehand for this very sampling'):
        FlowTarget(compute=False)(moved)


def test_wrong_use(results):
    for wrong in (dict(method='farneback'), dict(field='flow')):
        with pytest.raises(ValueError, match='methods tvl1, dis, exact and the fields gt_flow, gt_exact_flow; got'):
            FlowTarget(**wrong)
    with pytest.raises(DatasetError, match='noise/sub01/EP00_01: optical flow goes from frame to frame'):
        FlowTarget()(dict(results, clip_len=1))


def test_a_whole_pipeline(prepared):
    pipeline = [dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames', with_landmarks=True),
                dict(type='FlowTarget', method='dis'), dict(type='CropFrames', size=24),
                dict(type='FlipFrames', prob=1.0), dict(type='RotateScaleFrames'), dict(type='ResizeFrames', size=16),
                dict(type='DynamicImageTarget'), dict(type='PackMEInputs')]
    sample = CASME2Dataset(prepared, test_subject='sub01', test_mode=True, pipeline=pipeline)[0]['data_samples']
    assert sample.gt_flow.shape == (3, 2, 16, 16) and sample.gt_flow.dtype == torch.float32
    assert sample.gt_landmarks.shape == (4, 68, 2) and sample.gt_landmarks.dtype == torch.float32
