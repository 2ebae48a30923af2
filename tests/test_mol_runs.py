"""Everything that runs a config runs MOL's: leaving subjects out, two processes, mixed precision, going on."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mmengine.config.config as host
import numpy as np
import pytest
import torch
from conftest import write_prepared
from load_file import load_file
from loso_kills import environment, loso
from tiny_mol import REPO, build, write_mol_config
from toy_loso import forget_runs

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.engine.loso import fold as folds
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.process import spend_less
from fdp_mmaction.engine.loso.results import fold_folder, read_fold, read_run
from fdp_mmaction.functional.optical_flow import FLOW_METHODS, dis_flow

pytestmark = pytest.mark.slow
LOSSES = ('loss', 'loss_cls', 'flow.loss_mse', 'landmarks.loss_nme')
SUBJECT = 'ME_TEST_SUBJECT'


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two subjects with four MEs of the three classes each."""
    folder = tmp_path_factory.mktemp('rendered')
    prepare_synthetic(SyntheticConfig(2, 5, preset='easy', fps=25), folder)
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Like the process of a fold, and afterwards as before."""
    monkeypatch.setenv(SUBJECT, 'sub01')
    monkeypatch.setattr(host, 'FormatCode', host.FormatCode)
    spend_less()
    yield
    gc.unfreeze()


def train(monkeypatch: pytest.MonkeyPatch, config: Path, work: Path, *words: object) -> None:
    """tools/train.py, in this process."""
    tool = load_file('tools/train.py')
    forget_runs()
    monkeypatch.setattr(sys, 'argv', ['train.py', *map(str, (config, '--work-dir', work, *words))])
    tool.main()


def logged(work: Path, name: str) -> list[float]:
    logs = sorted(work.glob('*/vis_data/scalars.json'))
    entries = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    return [entry[name] for entry in entries if name in entry]


def test_a_leave_one_subject_out_run(data: Path, tmp_path: Path) -> None:
    config = write_mol_config(tmp_path / 'tiny.py', data, epochs=1)
    out = tmp_path / 'out'
    done = loso(config, '--out', out, '--devices', 'cpu', '--jobs-per-device', 2)
    assert done.returncode == 0, done.stdout + done.stderr
    run = read_run(out)
    assert [fold.subject for fold in run.folds] == ['sub01', 'sub02'] and not run.missing
    for fold in run.folds:
        assert len(fold.predictions['last']) == 4 and fold.num_train == 4
        assert fold.measures['flow/EPE'] > 0 and fold.measures['landmarks/NME'] > 0
        assert all(np.isfinite(fold.history[0][name]) for name in LOSSES)
    assert json.loads((out / 'report/results.json').read_text())['counted']['mes'] == 8


NARROW = """
_base_ = [{config!r}]
model = dict(
    backbone=dict(stem_channels=(4, 4, 4, 8)),
    cls_head=dict(in_channels=8, conv_channels=4, hidden_channels=8),
    aux_heads=dict(
        flow=dict(feature_channels=8, encoder_channels=(4, 4, 8), max_displacement=4, redirect_channels=4,
                  level_channels=((8, ), (8, ), (8, ), (8, )), decoder_channels=(8, 8, 8, 4, 4, 4)),
        landmarks=dict(in_channels=8, conv_channels=4, hidden_channels=8)))
train_cfg = dict(max_iters=3, val_begin=1, val_interval=1)
train_dataloader = dict(batch_size=3, num_workers=0)
test_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
default_hooks = dict(logger=dict(interval=1))
"""


def test_the_released_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the widths are smaller, and TV-L1 of noise would take too long."""
    folder = write_prepared(tmp_path / 'data', subjects=2, frames=17, size=144,
                            emotions=('surprise', 'positive', 'negative'))
    monkeypatch.setitem(FLOW_METHODS, 'tvl1', dis_flow)
    monkeypatch.setenv('ME_SMIC_ROOT', str(folder))
    config = tmp_path / 'narrow.py'
    config.write_text(NARROW.format(config=str(REPO / 'configs/mol_released_smic.py')))
    train(monkeypatch, config, tmp_path / 'work')
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert 'The train part is normalised by its own mean' in log and 'The val part is normalised by its own' in log
    last = torch.load(tmp_path / 'work/epoch_2.pth', weights_only=True)     # 5 MEs in threes: 2 + 1 steps
    assert (last['meta']['epoch'], last['meta']['iter']) == (2, 3)
    counts = {int(value) for key, value in last['state_dict'].items() if 'num_batches' in key}
    assert counts == {0, 2}      # of what never runs, and of the first epoch alone
    assert len(list((tmp_path / 'work').glob('best_me_ACC_epoch_*.pth'))) == 1
    for name in ('me/ACC', 'flow/EPE', 'landmarks/NME'):
        assert len(logged(tmp_path / 'work', name)) == 2
    assert all(np.isfinite(logged(tmp_path / 'work', name)).all() for name in LOSSES)


class Killed(Exception):
    pass


def kill_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let the step after so many raise."""
    taken = iter(range(steps))

    def before_train_iter(self, *args, **kwargs) -> None:
        if next(taken, None) is None:
            raise Killed

    patch.setattr(folds.RecordHook, 'before_train_iter', before_train_iter)


@pytest.mark.parametrize('weighting', [False, True])
def test_a_fold_goes_on_to_the_same_result(data: Path, tmp_path: Path, weighting: bool) -> None:
    """Bit for bit, and from a checkpoint that PyTorch's safe loader accepts."""
    config = write_mol_config(tmp_path / 'tiny.py', data, epochs=3, uncertainty_weighting=weighting)
    results, weights = {}, {}
    for name in ('whole', 'killed'):
        out = tmp_path / name
        open_run(Settings(str(config), out))
        folder = fold_folder(out, 0, 'sub02')
        if name == 'killed':
            with pytest.MonkeyPatch.context() as patch:
                kill_after(patch, 3)      # two are an epoch
                forget_runs()
                with pytest.raises(Killed):
                    folds.run_fold(out, 'sub02', 0)
            assert [path.name for path in folder.glob('epoch_*.pth')] == ['epoch_1.pth']
        forget_runs()
        folds.run_fold(out, 'sub02', 0)
        found = read_fold(folder)
        results[name] = found.predictions, list(found.history)[1:], found.measures
        weights[name] = torch.load(folder / 'epoch_3.pth', weights_only=True)['state_dict']
    assert results['killed'] == results['whole']
    assert set(weights['whole']) == set(build(uncertainty_weighting=weighting).state_dict())
    assert all(torch.equal(weights['killed'][key], value) for key, value in weights['whole'].items())


def test_mixed_precision_and_resuming(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, work = write_mol_config(tmp_path / 'tiny.py', data, epochs=1), tmp_path / 'work'
    dtypes: set[torch.dtype] = set()
    convolution = torch.nn.functional.conv2d

    def watched(*args, **kwargs):
        result = convolution(*args, **kwargs)
        dtypes.add(result.dtype)
        return result

    train(monkeypatch, config, work, '--amp')
    monkeypatch.setattr(torch.nn.functional, 'conv2d', watched)
    train(monkeypatch, config, work, '--amp', '--no-validate', '--resume', '--cfg-options', 'train_cfg.max_epochs=2')
    assert dtypes == {torch.bfloat16}
    assert [path.name for path in sorted(work.glob('*.pth'))] == ['epoch_1.pth', 'epoch_2.pth']
    assert torch.load(work / 'epoch_2.pth', weights_only=True)['meta']['iter'] == 4
    for name in LOSSES:
        assert len(logged(work, name)) == 4 and np.isfinite(logged(work, name)).all()
    [nme] = logged(work, 'landmarks/NME')
    assert np.isfinite(nme) and len(logged(work, 'flow/EPE')) == len(logged(work, 'me/UF1')) == 1


def test_two_processes_agree_with_one(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same global batch, same steps; batch normalisation, which each process does for itself, is frozen."""
    model = build(uncertainty_weighting=True)
    start = tmp_path / 'start.pth'
    torch.save(model.state_dict(), start)
    config = write_mol_config(tmp_path / 'tiny.py', data, epochs=2, uncertainty_weighting=True, more=f"""
custom_imports = dict(imports=['fdp_mmaction', 'frozen_norm'], allow_failed_imports=False)
custom_hooks = [dict(type='SafeCheckpointHook'), dict(type='FrozenNormHook')]
optim_wrapper = dict(optimizer=dict(type='SGD', lr=1e-3), clip_grad=dict(max_norm=1e9))
model['cls_head']['dropout'] = 0.0
train_dataloader['dataset']['pipeline'] = pipeline
load_from = {str(start)!r}
""")
    one, two = tmp_path / 'one', tmp_path / 'two'
    train(monkeypatch, config, one, '--no-validate')
    command = ['bash', 'tools/dist_train.sh', config, 2, '--work-dir', two, '--no-validate', '--cfg-options',
               'train_dataloader.batch_size=1']
    done = subprocess.run([str(word) for word in command], cwd=REPO, capture_output=True, text=True, timeout=200,
                          env=environment(PORT='29631', PYTHON=sys.executable, **{SUBJECT: os.environ[SUBJECT]}))
    assert done.returncode == 0, done.stderr[-3000:]
    norms = [logged(work, 'grad_norm') for work in (one, two)]      # averaged over processes
    assert len(norms[0]) == 4 and len(set(norms[0])) == 4
    np.testing.assert_allclose(norms[1], norms[0], rtol=2e-3)
    ends = [torch.load(work / 'epoch_2.pth', weights_only=True)['state_dict'] for work in (one, two)]
    for key, value in ends[0].items():
        torch.testing.assert_close(ends[1][key], value, rtol=1e-3, atol=1e-5)
    moved = [key for key, value in model.state_dict().items() if not torch.equal(ends[1][key], value)]
    assert {'log_variances.cls_head', 'log_variances.flow', 'log_variances.landmarks'} < set(moved)
