"""The small MOL through the real tool, on a tiny embedded dataset, with every temporal offset at test time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[1]


def test_training_and_validation(tmp_path):
    prepare_synthetic(SyntheticConfig(2, 5, preset='easy', fps=60), tmp_path / 'data')
    config = tmp_path / 'small.py'
    config.write_text(f"""
_base_ = [{str(REPO / 'configs/mol_synthetic.py')!r}]
every_offset = [dict(type='SampleMEFrames', mode='stride', num_clips='all', allow_short=True),
                *_base_.test_pipeline[1:]]
every_offset[2] = dict(type='FlowTarget', method='dis')      # TV-L1 takes too long here
train_cfg = dict(max_epochs=2, val_begin=2)
param_scheduler = []
train_dataloader = dict(batch_size=2, num_workers=0, dataset=dict(data_root={str(tmp_path / 'data')!r}))
test_dataloader = dict(batch_size=1, num_workers=0, dataset=dict(data_root={str(tmp_path / 'data')!r},
                                                                 pipeline=every_offset))
val_dataloader = test_dataloader
""")
    env = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(REPO))
    command = [sys.executable, 'tools/train.py', config, '--work-dir', tmp_path / 'work', '--test-subject', 'sub02']
    done = subprocess.run([str(word) for word in command], cwd=REPO, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    [log] = (tmp_path / 'work').glob('*/vis_data/scalars.json')
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [entry for entry in entries if 'flow.loss_mse' in entry]
    assert losses and all(entry['landmarks.loss_nme'] > 0 for entry in losses)
    assert losses[-1]['landmarks.loss_nme'] < losses[0]['landmarks.loss_nme']
    [scores] = [entry for entry in entries if 'landmarks/NME' in entry]
    for name in ('me/UF1', 'flow_exact/EPE', 'flow_exact/EPE_zero', 'flow_tvl1/EPE', 'flow_tvl1/above_0.5px',
                 'landmarks/failure_rate'):
        assert scores[name] >= 0
    assert scores['flow_exact/EPE_zero'] == pytest.approx(0.05, abs=0.04)      # pixels of 64: the motion itself
    assert 0.2 * scores['flow_exact/EPE_zero'] < scores['tvl1_exact/EPE'] < scores['flow_exact/EPE_zero']
    kept = list((tmp_path / 'data/clips').rglob('*.flow/exact/*.npy'))
    assert kept and {path.relative_to(tmp_path / 'data/clips').parts[0] for path in kept} == {'sub01', 'sub02'}
