"""Batches without a dataset."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_benchmark import MOL, REPO

from fdp_mmaction.engine.benchmark.example import cheap_targets, example_batch, write_example
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.errors import DatasetError

FRAMES = [dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames', with_landmarks=True)]
PACK = dict(type='PackMEInputs')


@pytest.fixture(autouse=True)
def _scope() -> None:
    from mmengine.registry import init_default_scope
    init_default_scope('mmaction')


def test_an_example_is_a_clip_of_a_prepared_folder(tmp_path) -> None:
    record = write_example(tmp_path, num_frames=9, size=48)
    frames, landmarks = (np.load(record[f'{name}_path']) for name in ('frames', 'landmarks'))
    assert frames.shape == (9, 48, 48) and frames.dtype == np.uint8 and frames.std() > 20
    assert landmarks.shape == (9, 68, 2) and landmarks.min() >= 0 and landmarks.max() < 48
    assert len(record['frame_ids']) == record['num_frames'] == 9 and record['apex'] in record['frame_ids']
    assert not np.array_equal(frames[0], frames[4])


def test_targets_of_fdp_and_mol() -> None:
    fdp = Config.fromfile(REPO / 'configs/fdp_casme2.py').train_dataloader.dataset.pipeline
    batch = example_batch(fdp, 10)
    assert [clip.shape for clip in batch['inputs']] == [(1, 1, 8, 64, 64)] * 10
    assert all(sample.gt_dynamic_image.shape[-2:] == (64, 64) for sample in batch['data_samples'])
    mol = Config.fromfile(REPO / 'configs/mol_casme2.py').train_dataloader.dataset.pipeline
    sample = example_batch(mol, 1)['data_samples'][0]
    assert sample.gt_flow.shape == (7, 2, 128, 128) and torch.isfinite(sample.gt_flow).all() and sample.gt_flow.any()
    assert sample.gt_landmarks.shape == (8, 68, 2) and int(sample.gt_label) == 0


def test_exact_flow_without_the_generator() -> None:
    batch = example_batch(Config.fromfile(MOL).test_dataloader.dataset.pipeline, 1, num_frames=8)
    assert batch['data_samples'][0].gt_exact_flow.shape == (7, 2, 64, 64)


def test_longer_mes_give_more_clips() -> None:
    pipeline = [dict(type='SampleMEFrames', clip_len=4, mode='stride', num_clips='all'),
                dict(type='LoadPackedFrames'), PACK]
    assert [example_batch(pipeline, 1, frames)['inputs'][0].shape[0] for frames in (4, 11, 40)] == [1, 2, 10]


def test_flow_alone_is_replaced() -> None:
    pipeline = [dict(type='FlowTarget', method='tvl1'), dict(type='mmaction.FlowTarget', field='gt_exact_flow'), PACK]
    assert cheap_targets(pipeline) == [
        dict(type='FlowTarget', method='dis', cache=False),
        dict(type='mmaction.FlowTarget', field='gt_exact_flow', method='dis', cache=False), PACK]
    assert pipeline[0] == dict(type='FlowTarget', method='tvl1')


def test_other_pipelines_are_refused() -> None:
    with pytest.raises(DatasetError, match='smaller than the crop'):
        example_batch([*FRAMES, dict(type='CropFrames', size=500), PACK], 1)
    with pytest.raises(UsageError, match='only configs that read such folders'):
        example_batch([dict(type='RawFrameDecode')], 1)
