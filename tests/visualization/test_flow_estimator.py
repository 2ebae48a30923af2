from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from fdp_mmaction.datasets import SyntheticMEDataset
from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.registry import MODELS
from fdp_mmaction.visualization.clip_sources import read_prepared_record
from fdp_mmaction.visualization.flow_estimator import FlowEstimator

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('prepared')
    prepare_synthetic(SyntheticConfig(1, 2, fps=60), root, size=144)
    return root


@pytest.fixture
def run(folder, tmp_path):
    """Writes a config and a checkpoint of random weights; gives the checkpoint."""
    def write(aux_heads='["flow", "landmarks"]', sampling='clip_len=8, mode="stride", num_clips="all"') -> Path:
        path = tmp_path / 'run/mol.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"""
_base_ = [{str(REPO / 'configs/mol_synthetic.py')!r}]
model = dict(test_cfg=dict(aux_heads={aux_heads}))
steps = [dict(type='SampleMEFrames', {sampling}), *_base_.test_pipeline[1:]]
steps[2] = dict(type='FlowTarget', method='dis')
test_dataloader = dict(dataset=dict(pipeline=steps))
""")
        cfg = Config.fromfile(path)
        cfg.dump(path)
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope('mmaction'):
            model = MODELS.build(cfg.model)
        torch.save(dict(state_dict=model.state_dict(), meta={}), path.with_name('epoch_1.pth'))
        return path.with_name('epoch_1.pth')
    return write


def test_it_shows_targets_and_predictions_of_the_first_clip(folder, run):
    checkpoint = run()
    record = read_prepared_record(folder)
    view = FlowEstimator(checkpoint)(record)
    cfg = Config.fromfile(checkpoint.with_name('mol.py'))
    pipeline = cfg.test_dataloader.dataset.pipeline
    packed = SyntheticMEDataset(folder, test_subject='sub01', test_mode=True, pipeline=pipeline)[0]
    assert len(packed['inputs']) > 1 and packed['data_samples'].sample_id == view.name
    with DefaultScope.overwrite_default_scope('mmaction'):
        model = MODELS.build(cfg.model).eval()
    model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
    with torch.no_grad():
        [sample] = model.test_step(dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']]))
    assert list(view.flows) == ['exact', 'DIS', 'predicted']
    for name, field in (('exact', sample.gt_exact_flow), ('DIS', sample.gt_flow), ('predicted', sample.pred_flow)):
        np.testing.assert_allclose(view.flows[name], field[0].numpy(), atol=1e-4)
    np.testing.assert_array_equal(view.frames, packed['inputs'][0, 0].numpy())
    np.testing.assert_allclose(view.landmarks['predicted'], sample.pred_landmarks[0].numpy(), atol=1e-3)
    np.testing.assert_array_equal(view.landmarks['true'], sample.gt_landmarks[:8].numpy())
    step = record['num_frames'] // 8
    assert view.frame_ids.tolist() == [record['frame_ids'][step * t] for t in range(8)]
    assert view.label == record['emotion']


def test_single_clips_and_landmarks_alone(folder, run):
    view = FlowEstimator(run('["landmarks"]', 'clip_len=8'))(read_prepared_record(folder))
    assert list(view.flows) == ['exact', 'DIS'] and view.flows['DIS'].shape == (7, 2, 64, 64)
    assert view.landmarks['predicted'].shape == view.landmarks['true'].shape == (8, 68, 2)


def test_models_that_estimate_neither(folder, run):
    with pytest.raises(DatasetError, match='estimates neither flow nor landmarks: use one with such aux_heads'):
        FlowEstimator(run('[]'))(read_prepared_record(folder))
