"""The command as a user runs it, on two tiny configs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from conftest import write_prepared

REPO = Path(__file__).resolve().parents[2]
TINY = ['model.backbone.stem_channels=[4,4]', 'model.backbone.stage_channels=[8]',
        'model.backbone.global_channels=[16]',
        'model.backbone.head_channels=4', 'train_cfg.max_epochs=1', 'train_dataloader.num_workers=0',
        'test_dataloader.num_workers=0', 'train_dataloader.batch_size=4', 'test_dataloader.batch_size=4']


def ablate(*arguments: object) -> subprocess.CompletedProcess:
    env = dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1')
    return subprocess.run([sys.executable, str(REPO / 'tools/ablate.py'), *map(str, arguments)], env=env,
                          capture_output=True, text=True)


def test_trains_every_config_on_every_fold_and_goes_on(tmp_path: Path) -> None:
    data = write_prepared(tmp_path / 'data', subjects=2, clips=5, size=144)
    out = tmp_path / 'out'
    common = ['--data-root', data, '--folds', 2, '--out', out, '--cfg-options', *TINY]
    first = ablate(REPO / 'configs/ablations/fixed_rank_pooling.py', *common)
    assert first.returncode == 0, first.stderr + first.stdout
    kept = out / 'fixed_rank_pooling/seed0/fold01/trial.json'
    stamp = kept.stat().st_mtime_ns
    ablations = REPO / 'configs/ablations'
    both = ablate(ablations / 'fixed_rank_pooling.py', ablations / 'no_dynamic_image.py', *common)
    assert both.returncode == 0, both.stderr + both.stdout
    assert kept.stat().st_mtime_ns == stamp
    results = json.loads((out / 'results.json').read_text())['results']
    assert list(results) == ['fixed_rank_pooling', 'no_dynamic_image']
    assert all(result['num_mes'] == 10 and result['num_subjects'] == 2 for result in results.values())
    assert 'dynamic_image/PSNR' in results['fixed_rank_pooling']['other']
    assert 'dynamic_image/PSNR' not in results['no_dynamic_image']['other']
    lines = (out / 'results.md').read_text().splitlines()
    assert lines[2].startswith('| fixed_rank_pooling | 0.') and lines[3].startswith('| no_dynamic_image | 0.')
    assert (out / 'results.png').is_file() and (out / 'confusion_no_dynamic_image.png').is_file()
    other = ablate(REPO / 'configs/ablations/fixed_rank_pooling.py', *common, 'train_cfg.max_epochs=2')
    assert other.returncode == 2 and 'belongs to a trial of other settings' in other.stderr


@pytest.mark.parametrize(('arguments', 'message'), [
    (['no_such.py'], 'no_such.py is neither a config file nor a folder with configs'),
    (['configs/fdp_synthetic.py', '--data-root', 'nowhere'], 'prepare the dataset first'),
])
def test_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = ablate(*(str(REPO / a) if a.startswith('configs') else a for a in arguments))
    assert result.returncode == 2 and message in result.stderr and 'Traceback' not in result.stderr


def test_ablations_are_leaves_that_differ_from_the_default() -> None:
    default = Config.fromfile(REPO / 'configs/fdp_synthetic.py')
    files = sorted((REPO / 'configs/ablations').glob('*.py'))
    assert len(files) >= 10
    for file in files:
        cfg = Config.fromfile(file)
        assert len(file.read_text().splitlines()) <= 25, file
        parts = ('model', 'train_dataloader', 'custom_hooks', 'param_scheduler')
        assert [cfg[part] for part in parts] != [default[part] for part in parts], file
