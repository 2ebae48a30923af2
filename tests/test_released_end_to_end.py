"""The released configs through the real tools, on a prepared folder of noise; only the widths are smaller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import write_prepared

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[1]
NARROW = """
_base_ = [{config!r}]
model = dict(
    backbone=dict(stem_channels=(8, 8, 8, 8), stage_channels=(32, 32), num_local=(1, 2), num_global=(0, 0),
                  global_channels=(32, 32), attention_pool=(1, 1)),
    aux_heads=dict(dynamic_image=dict(channels=(4, 8), depths=(2, 2))))
train_cfg = dict(max_iters=7)
train_dataloader = dict(batch_size=3, num_workers=0)
test_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
"""


def run(tool: str, *arguments: object, **environment: str) -> str:
    env = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(REPO), **environment)
    command = [sys.executable, f'tools/{tool}.py', *map(str, arguments)]
    done = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, timeout=170)
    if done.returncode:
        pytest.fail(f'{command} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}')
    return done.stdout + done.stderr


def test_training_and_testing(tmp_path):
    emotions = ('surprise', 'happiness', 'disgust', 'repression', 'others')      # in the order of the released code
    data = write_prepared(tmp_path / 'data', size=64, emotions=emotions)
    annotations = json.loads((data / 'annotations.json').read_text())
    annotations['data_list'][7]['num_frames'] = 7      # of sub02: too short
    (data / 'annotations.json').write_text(json.dumps(annotations))
    config = tmp_path / 'narrow.py'
    config.write_text(NARROW.format(config=str(REPO / 'configs/fdp_released_casme2.py')))
    work = tmp_path / 'work'
    options = ['--work-dir', work, '--test-subject', 'sub01']
    log = run('train', config, *options, ME_CASME2_ROOT=str(data))
    assert 'min_frames=8 leaves out 1 of 15 MEs' in log and 'noise/sub02/EP02_01 (7)' in log
    pixels = {subject: np.concatenate([np.load(path)[:8] for path in sorted((data / 'clips' / subject).glob('*_01.npy'))
                                       if f'{subject}/{path.name}' != 'sub02/EP02_01.npy'])
              for subject in ('sub01', 'sub02', 'sub03')}
    for part, subjects in (('train', ('sub02', 'sub03')), ('val', ('sub01',))):
        frames = np.concatenate([pixels[subject] for subject in subjects])
        assert f'The {part} part is normalised by its own mean {frames.mean():.3f} and maximum 255.000' in log

    last = torch.load(work / 'epoch_3.pth', weights_only=True)     # 9 MEs in threes: 3 + 3 + 1 steps
    assert (last['meta']['epoch'], last['meta']['iter']) == (3, 7)
    assert {int(value) for key, value in last['state_dict'].items() if key.endswith('num_batches_tracked')} == {3}
    [best] = work.glob('best_me_ACC_epoch_*.pth')
    assert (work / 'report/training_curves.png').stat().st_size > 5000
    for checkpoint, selection in (('last', 'last'), (best, 'best-on-test')):
        log = run('test', config, checkpoint, *options, ME_CASME2_ROOT=str(data))
        assert 'The test part is normalised by its own mean' in log
        assert ('these numbers are optimistic' in log) == (selection == 'best-on-test')
        report = json.loads((work / 'report/metrics.json').read_text())
        assert report['selection'] == selection and report['classes'] == list(emotions)
        assert report['num_mes'] == 5 and np.sum(report['confusion_matrix'], axis=1).tolist() == [1] * 5
