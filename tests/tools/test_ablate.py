"""The command as a user runs it, on two tiny configs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_prepared
from load_file import load_file
from mmengine.config import Config

pytestmark = pytest.mark.slow
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


def pooled(uf1: float, **other: float) -> dict:
    score = dict(mean=uf1, sd=None, low=uf1 - 0.1, high=uf1 + 0.1)
    return dict(UF1=score, UAR=score, ACC=score, other={name.replace('__', '/'): v for name, v in other.items()},
                num_mes=10, num_subjects=2, seeds=[0])


def test_the_table_shows_the_main_metrics_of_any_config() -> None:
    tool = load_file('tools/ablate.py')
    lines = tool.table(dict(
        class_alone=pooled(0.5),
        whole=pooled(0.6, flow_exact__EPE=0.01234, flow_exact__EPE_zero=0.05, flow_exact__above_1px=0.0,
                     landmarks__NME=0.05678, landmarks__failure_rate=0.5),
        no_flow=pooled(0.4, landmarks__NME=0.1))).splitlines()
    assert lines[0] == ('| config | UF1 | 95 % interval | UAR | ACC | flow EPE (exact), px | EPE of no motion | '
                        'landmark NME |')
    assert lines[2].endswith('| – | – | – |') and lines[3].endswith('| 0.0123 | 0.0500 | 0.0568 |')
    assert lines[4].endswith('| 0.400 | – | – | 0.1000 |')
    assert len({line.count('|') for line in lines[:5]}) == 1


@pytest.mark.parametrize(('folder', 'base', 'fewest'), [
    ('ablations', 'fdp_synthetic', 10), ('ablations_mol', 'mol_synthetic', 8)])
def test_ablations_are_leaves_that_differ_from_the_default(folder: str, base: str, fewest: int) -> None:
    default = Config.fromfile(REPO / f'configs/{base}.py')
    files = sorted((REPO / 'configs' / folder).glob('*.py'))
    assert len(files) >= fewest
    for file in files:
        cfg = Config.fromfile(file)
        assert len(file.read_text().splitlines()) <= 25, file
        parts = ('model', 'train_dataloader', 'custom_hooks', 'param_scheduler')
        assert [cfg[part] for part in parts] != [default[part] for part in parts], file
