"""The real configs through the real tools, on a tiny embedded dataset."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[1]
CONFIG = 'configs/fdp_synthetic.py'
SHORT = ['train_cfg.max_epochs=2', 'train_cfg.val_begin=2', 'param_scheduler=[]', 'train_dataloader.batch_size=4',
         'train_dataloader.num_workers=0', 'test_dataloader.num_workers=0']


def run(command: list, data: Path, subject: str = 'sub01', check: bool = True,
        **environment) -> subprocess.CompletedProcess:
    """Run one of the tools in a process of its own, as a user does."""
    env = dict(os.environ, ME_SYNTHETIC_ROOT=str(data), ME_TEST_SUBJECT=subject, OMP_NUM_THREADS='1',
               PYTHONPATH=f'{REPO}{os.pathsep}{REPO / "tests"}', PYTHON=sys.executable, **environment)
    command = [str(word) for word in command]
    done = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, timeout=280)
    if check and done.returncode:
        pytest.fail(f'{command} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}')
    return done


def train(work: Path, *extra, options=(), **kwargs) -> subprocess.CompletedProcess:
    tool = kwargs.pop('tool', ['tools/train.py'])
    config = kwargs.pop('config', CONFIG)
    return run([sys.executable, *tool, config, '--work-dir', work, *extra, '--cfg-options', *SHORT, *options], **kwargs)


def report(work: Path) -> dict:
    return json.loads((work / 'report' / 'metrics.json').read_text())


def logged(work: Path, name: str) -> list[float]:
    log = next(work.glob('*/vis_data/scalars.json')).read_text().splitlines()
    return [entry[name] for entry in map(json.loads, log) if name in entry]


@pytest.fixture(scope='module')
def data(tmp_path_factory) -> Path:
    """Three subjects with five easy MEs, rendered into a prepared folder by the command-line tool."""
    out = tmp_path_factory.mktemp('data') / 'synthetic'
    run([sys.executable, 'tools/prepare_data.py', 'synthetic', '--out', out, '--subjects', 3, '--clips', 5,
         '--preset', 'easy', '--workers', 1], data=out)
    return out


@pytest.fixture(scope='module')
def trained(data, tmp_path_factory) -> Path:
    work = tmp_path_factory.mktemp('trained')
    train(work, data=data)
    return work


def test_training_and_testing_leave_a_report(data, trained):
    run([sys.executable, 'tools/test.py', CONFIG, 'last', '--work-dir', trained, '--cfg-options', *SHORT], data=data)
    result = report(trained)
    assert result['test_subjects'] == ['sub01'] and result['num_mes'] == 5 and result['protocol'] == '5-class'
    assert result['seed'] == 0 and result['selection'] == 'last' and result['epochs'] == 2
    assert result['environment']['torch'] == torch.__version__
    assert np.sum(result['confusion_matrix']) == 5
    assert result['metrics']['me/ACC'] == pytest.approx(np.trace(result['confusion_matrix']) / 5)
    with open(trained / 'report' / 'predictions.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 and {row['subject'] for row in rows} == {'sub01'}
    for row in rows:
        assert sum(float(row[key]) for key in row if key.startswith('score_')) == pytest.approx(1, abs=1e-4)
    for name in ('confusion_matrix.png', 'dynamic_images.png', 'training_curves.png'):
        assert (trained / 'report' / name).stat().st_size > 5000


def test_checkpoints_load_with_the_safe_loader(trained):
    checkpoint = torch.load(trained / 'epoch_2.pth', weights_only=True)
    assert 'state_dict' in checkpoint and 'optimizer' in checkpoint


def test_a_killed_run_resumes_to_the_same_result(data, tmp_path):
    options = ['train_cfg.max_epochs=4', 'train_dataloader.num_workers=1']
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    train(whole, '--no-validate', options=options, data=data)
    command = [sys.executable, 'tools/train.py', CONFIG, '--work-dir', killed, '--no-validate', '--cfg-options',
               *SHORT, *options]
    env = dict(os.environ, ME_SYNTHETIC_ROOT=str(data), ME_TEST_SUBJECT='sub01', OMP_NUM_THREADS='1',
               PYTHONPATH=str(REPO))
    process = subprocess.Popen([str(word) for word in command], cwd=REPO, env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.time() + 200
    while not (killed / 'epoch_2.pth').exists() and time.time() < deadline and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / 'epoch_4.pth').exists(), 'the run was to be killed in mid-training'
    resumed = train(killed, '--no-validate', '--resume', options=options, data=data)
    assert re.search(r'resumed epoch: [123]', resumed.stdout + resumed.stderr)
    ends = [torch.load(work / 'epoch_4.pth', weights_only=True)['state_dict'] for work in (whole, killed)]
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])


def test_the_hosts_own_tools_run_our_configs(data, tmp_path):
    host = Path(find_spec('mmaction').submodule_search_locations[0]) / '.mim' / 'tools'
    train(tmp_path, '--amp', tool=[host / 'train.py'], data=data)
    meta = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)['meta']
    assert "type='AmpOptimWrapper'" in meta['cfg']
    run([sys.executable, host / 'test.py', CONFIG, tmp_path / 'epoch_2.pth', '--work-dir', tmp_path,
         '--cfg-options', *SHORT], data=data)
    assert report(tmp_path)['num_mes'] == 5


def test_two_processes_agree_with_one(data, tmp_path):
    """Same global batch, same weights: what may differ is batch normalisation, which each process does for itself."""
    config = tmp_path / 'frozen.py'
    config.write_text(f"_base_ = [{str(REPO / CONFIG)!r}]\n"
                      "custom_imports = dict(imports=['fdp_mmaction', 'frozen_norm'], allow_failed_imports=False)\n"
                      "custom_hooks = [dict(type='SafeCheckpointHook'), dict(type='FrozenNormHook')]\n"
                      "optim_wrapper = dict(optimizer=dict(_delete_=True, type='SGD', lr=1e-3))\n")
    fixed = ['train_dataloader.dataset.pipeline.2.random=False', 'train_dataloader.dataset.pipeline.4.prob=0.0',
             'default_hooks.logger.interval=1']
    one, two = tmp_path / 'one', tmp_path / 'two'
    train(one, '--no-validate', options=fixed, config=config, data=data)
    run(['bash', 'tools/dist_train.sh', config, 2, '--work-dir', two, '--no-validate', '--cfg-options', *SHORT, *fixed,
         'train_dataloader.batch_size=2'], data=data, PORT='29617')
    norms = [logged(work, 'grad_norm') for work in (one, two)]     # averaged over processes
    assert len(norms[0]) == 6 and len(set(norms[0])) == 6
    np.testing.assert_allclose(norms[1], norms[0], rtol=2e-3)

    test = ['last', '--work-dir', two, '--cfg-options', *SHORT]
    run(['bash', 'tools/dist_test.sh', CONFIG, *test[:1], 2, *test[1:]], data=data, PORT='29618')
    parallel, votes = report(two), (two / 'report' / 'predictions.csv').read_text()
    run([sys.executable, 'tools/test.py', CONFIG, *test], data=data)
    assert parallel['num_mes'] == 5         # an odd number on two processes: none twice
    assert parallel['confusion_matrix'] == report(two)['confusion_matrix'] and parallel.keys() == report(two).keys()
    assert sorted(votes.splitlines()) == sorted((two / 'report' / 'predictions.csv').read_text().splitlines())


def test_mixed_precision_tensorboard_and_a_config_elsewhere(data, tmp_path):
    config = tmp_path / 'mine.py'
    config.write_text(f"_base_ = [{str(REPO / CONFIG)!r}]\n"
                      "model = dict(neck=dict(mode='approximate'))\n"
                      "vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]\n"
                      "visualizer = dict(vis_backends=vis_backends)\n")
    work = tmp_path / 'work'
    done = train(work, '--amp', '--no-validate', config=config, data=data, subject='sub03')
    assert 'loss_rank' not in done.stdout + done.stderr         # the override arrived
    assert list(work.rglob('events.out.tfevents*'))
    assert np.isfinite(logged(work, 'loss')).all()


@pytest.mark.parametrize('name', ['baselines/r3d_synthetic', 'ablations/train_ema'])
def test_baselines_and_averaged_weights_train_and_test(data, tmp_path, name):
    config = f'configs/{name}.py'
    train(tmp_path, config=config, data=data)
    run([sys.executable, 'tools/test.py', config, 'last', '--work-dir', tmp_path, '--cfg-options', *SHORT], data=data)
    assert report(tmp_path)['num_mes'] == 5


def test_what_a_user_gets_wrong_ends_in_one_sentence(data, trained, tmp_path):
    other = [sys.executable, 'tools/test.py', 'configs/baselines/r3d_synthetic.py', trained / 'epoch_2.pth',
             '--work-dir', tmp_path]
    unknown = [sys.executable, 'tools/train.py', CONFIG, '--work-dir', tmp_path, '--test-subject', 'sub99']
    leak = [sys.executable, 'tools/train.py', CONFIG, '--work-dir', tmp_path, '--cfg-options', *SHORT,
            'test_dataloader.dataset.test_subject=sub02']
    for command, message in ((other, 'does not belong to this model'),
                             (unknown, "'sub99' is not in .*sub01, sub02, sub03"),
                             (leak, 'sub02 is in the training part and in the test part')):
        done = run(command, data=data, check=False)
        assert done.returncode == 2 and re.search(f'error: .*{message}', done.stderr), done.stderr[-2000:]
        assert 'Traceback' not in done.stderr
