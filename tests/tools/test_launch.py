"""The tools as a user starts them, on a toy model: ours and MMAction2's own, one process and two."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import mmaction
import pytest
import torch
from load_file import load_file
from toy_run import REPO, write_config

HOST_TOOLS = Path(mmaction.__file__).parent / '.mim/tools'
ENV = dict(os.environ, OMP_NUM_THREADS='1', MKL_NUM_THREADS='1', PYTHON=sys.executable, CUDA_VISIBLE_DEVICES='',
           PYTHONPATH=os.pathsep.join([str(REPO), str(REPO / 'tests')]))


def call(tool: str, *arguments: object) -> None:
    """Run one of our tools in this process."""
    module = load_file(f'tools/{tool}.py')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [f'{tool}.py', *map(str, arguments)])
        for name in ('ME_TEST_SUBJECT', 'LOCAL_RANK'):
            patch.setenv(name, '')
            patch.delenv(name)
        module.main()


def refused(tool: str, *arguments: object, capsys: pytest.CaptureFixture) -> str:
    """The one sentence on stderr with which a tool exits with code 2."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        call(tool, *arguments)
    assert stop.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1
    return lines[0]


def start(*command: object, cwd: Path) -> str:
    """Run a command to its end; its whole output."""
    result = subprocess.run([str(part) for part in command], cwd=cwd, env=ENV, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=170)
    assert result.returncode == 0, result.stdout[-3000:]
    return result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def weights(path: Path) -> dict:
    return torch.load(path, weights_only=True)['state_dict']


@pytest.fixture(scope='module')
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``toy.py`` and a work directory ``run`` after two epochs, left-out subject ``sub02``."""
    folder = tmp_path_factory.mktemp('trained')
    config = write_config(folder)
    call('train', config, '--work-dir', folder / 'run', '--test-subject', 'sub02', '--amp', '--seed', 5)
    return folder


def test_train(trained: Path) -> None:
    checkpoint = torch.load(trained / 'run/epoch_2.pth', weights_only=True)      # PyTorch's safe default
    assert checkpoint['meta']['seed'] == 5 and "subject = 'sub02'" in checkpoint['meta']['cfg']
    assert "type='AmpOptimWrapper'" in checkpoint['meta']['cfg']
    if not torch.cuda.is_available():
        assert 'loss_scaler' not in checkpoint['optimizer']      # bfloat16: nothing to scale


def test_test_takes_the_last_checkpoint_and_dumps(trained: Path) -> None:
    call('test', trained / 'toy.py', 'last', '--work-dir', trained / 'run', '--dump', trained / 'predictions.pkl')
    assert len(pickle.loads((trained / 'predictions.pkl').read_bytes())) == 7      # each sample once


def test_resume_goes_on(trained: Path) -> None:
    call('train', trained / 'toy.py', '--work-dir', trained / 'run', '--resume', '--no-validate', '--seed', 5,
         '--cfg-options', 'train_cfg.max_epochs=3')
    assert torch.load(trained / 'run/epoch_3.pth', weights_only=True)['meta']['iter'] == 12
    (trained / 'run/epoch_3.pth').unlink()
    (trained / 'run/last_checkpoint').write_text(str(trained / 'run/epoch_2.pth'))


def test_training_anew_over_a_training_is_refused(trained: Path, capsys: pytest.CaptureFixture) -> None:
    before = sorted((trained / 'run').rglob('*'))
    again = ['train', trained / 'toy.py', '--no-validate']
    message = refused(*again, '--work-dir', trained / 'run', capsys=capsys)
    assert 'run holds a training already (epoch_1.pth, epoch_2.pth, last_checkpoint): --resume goes on' in message
    message = refused(*again, '--cfg-options', f'work_dir={trained / "run"}', capsys=capsys)
    assert 'holds a training already' in message
    assert sorted((trained / 'run').rglob('*')) == before      # nothing was written
    call(*again, '--work-dir', trained / 'new', '--resume')      # nothing there yet: begins
    assert (trained / 'new/epoch_2.pth').is_file()


def test_another_models_checkpoint_is_refused(trained: Path, capsys: pytest.CaptureFixture) -> None:
    message = refused('test', trained / 'toy.py', trained / 'run/epoch_2.pth', '--work-dir', trained / 'other',
                      '--cfg-options', 'model.width=6', capsys=capsys)
    assert 'does not belong to this model: 3 of 4 weights' in message
    bare = trained / 'bare.py'
    bare.write_text((trained / 'toy.py').read_text() + 'custom_hooks = []\n')      # not our runtime's hooks
    message = refused('test', bare, trained / 'run/epoch_2.pth', '--work-dir', trained / 'other',
                      '--cfg-options', 'model.width=6', capsys=capsys)
    assert 'does not belong to this model' in message


def test_what_a_user_gets_wrong(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    toy = trained / 'toy.py'
    assert 'nowhere.py does not exist' in refused('train', tmp_path / 'nowhere.py', capsys=capsys)
    assert 'nowhere.pth does not exist' in refused('test', toy, 'nowhere.pth', capsys=capsys)
    assert 'has no checkpoint yet' in refused('test', toy, 'last', '--work-dir', tmp_path, capsys=capsys)
    assert 'must end in .pkl' in refused('test', toy, trained / 'run/epoch_2.pth', '--dump', 'x.csv', capsys=capsys)
    assert 'VisualizationHook' in refused('test', toy, trained / 'run/epoch_2.pth', '--show-dir', 'x', capsys=capsys)
    message = refused('train', toy, '--work-dir', tmp_path, '--resume', 'lost.pth', capsys=capsys)
    assert 'lost.pth does not exist' in message
    assert 'auto_scale_lr = dict(' in refused('train', toy, '--auto-scale-lr', capsys=capsys)
    evil = tmp_path / 'evil.pth'
    torch.save(dict(state_dict={}, run=os.system), evil)
    assert 'could run code' in refused('test', toy, evil, '--work-dir', tmp_path, capsys=capsys)


@pytest.mark.parametrize(('option', 'message'), [
    ('model.widht=3', "unexpected keyword argument 'widht'; the config itself has no model.widht ("),
    ('train_cfg.max_epoch=1', "argument 'max_epoch'; the config itself has no train_cfg.max_epoch ("),
    ('train_cfg.max_epochs=abc', "ValueError: invalid literal for int() with base 10: 'abc' (")])
def test_a_wrong_setting_is_one_sentence(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture, option: str,
                                         message: str) -> None:
    said = refused('train', trained / 'toy.py', '--work-dir', tmp_path, '--cfg-options', option, capsys=capsys)
    assert f'toy.py with --cfg-options {option} cannot be run: ' in said and message in said


def test_a_misspelt_subject_leaves_nothing_behind(prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture,
                                                  ) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + f"""
train_dataloader = dict(batch_size=2, dataset=dict(
    type='CASME2Dataset', data_root={str(prepared)!r}, test_subject=subject))
""")
    message = refused('train', config, '--work-dir', tmp_path / 'run', '--test-subject', 'sub1', capsys=capsys)
    assert "Test subject 'sub1' is not in" in message and not (tmp_path / 'run').exists()
    assert 'Config:' not in capsys.readouterr().out


def test_bad_data_ends_in_one_sentence(tmp_path: Path) -> None:
    """For real, with data-loading workers that die of it."""
    config = write_config(tmp_path, broken=True, workers=2)
    result = subprocess.run([sys.executable, REPO / 'tools/train.py', config], cwd=tmp_path, env=ENV, text=True,
                            capture_output=True)
    assert result.returncode == 2 and 'Traceback' not in result.stderr
    assert result.stderr.splitlines()[-1] == 'error: clip toy/3 has no frames; prepare the dataset again.'


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    from fdp_mmaction.errors import DatasetError
    with pytest.raises(DatasetError):
        call('train', write_config(tmp_path, broken=True), '--work-dir', tmp_path / 'run', '--debug')


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_help_teaches(tool: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        call(tool, '--help')
    out = capsys.readouterr().out
    assert stop.value.code == 0 and f'python tools/{tool}.py configs/' in out
    for option in ('--work-dir', '--test-subject', '--cfg-options', '--launcher', '--debug'):
        assert option in out


# --------------------------------------------------------------------------- MMAction2's own tools
@pytest.mark.slow
def test_two_processes(tmp_path: Path) -> None:
    """Gloo, our launcher and the host's: the same weights."""
    config = write_config(tmp_path)
    port = f'PORT={free_port()}'
    out = start('env', port, 'bash', REPO / 'tools/dist_train.sh', config, 2, '--work-dir', 'ours', cwd=tmp_path)
    assert '[2][2/2]' in out      # 8 samples, 2 processes, batches of 2
    start(sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node=2', f'--master_port={free_port()}',
          HOST_TOOLS / 'train.py', config, '--launcher', 'pytorch', '--work-dir', 'theirs', cwd=tmp_path)
    ours, theirs = weights(tmp_path / 'ours/epoch_2.pth'), weights(tmp_path / 'theirs/epoch_2.pth')
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


# --------------------------------------------------------------------------- shell scripts
@pytest.mark.parametrize('script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh'])
def test_scripts_say_how_they_are_called(script: str) -> None:
    result = subprocess.run(['bash', REPO / 'tools' / script, 'one'], capture_output=True, text=True)
    assert result.returncode == 2 and result.stderr.startswith('usage: ')


@pytest.mark.parametrize(('per_node', 'resources'), [('4', '--gres=gpu:4 --ntasks-per-node=4 '), ('0', '')])
def test_slurm(tmp_path: Path, per_node: str, resources: str) -> None:
    srun = tmp_path / 'srun'
    srun.write_text('#!/usr/bin/env bash\necho "$@"\n')
    srun.chmod(0o755)
    env = dict(ENV, PATH=f'{tmp_path}:{os.environ["PATH"]}', GPUS='8', GPUS_PER_NODE=per_node, SRUN_ARGS='--time 1:00')
    out = subprocess.run(['bash', REPO / 'tools/slurm_train.sh', 'part', 'job', 'a b.py', '--amp'], env=env, check=True,
                         capture_output=True, text=True).stdout
    assert out == (f'-p part --job-name=job --ntasks=8 {resources}--cpus-per-task=5 --kill-on-bad-exit=1 --time 1:00 '
                   f'{sys.executable} -u {REPO}/tools/train.py a b.py --launcher slurm --amp\n')
