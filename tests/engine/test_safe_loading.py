from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import load_checkpoint
from torch import nn

from fdp_mmaction.engine.safe_loading import TRUST_VARIABLE, CheckpointError, load_from_local, load_from_url


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.mark),)


def mmengine_checkpoint(path: Path) -> Path:
    """What MMEngine 0.10 writes without our hook."""
    history = HistoryBuffer()
    history.update(0.5)
    torch.save(dict(state_dict=nn.Linear(2, 2).state_dict(), meta=dict(epoch=np.int64(3), acc=np.float32(0.5)),
                    message_hub=dict(log_scalars={'train/loss': history}, best=np.arange(3.))), path)
    return path


def test_mmengine_checkpoints_load(tmp_path: Path) -> None:
    loaded = load_from_local(str(mmengine_checkpoint(tmp_path / 'a.pth')))
    assert loaded['message_hub']['log_scalars']['train/loss'].current() == 0.5
    assert loaded['meta'] == dict(epoch=3, acc=0.5) and loaded['message_hub']['best'].tolist() == [0, 1, 2]


def test_checkpoints_of_the_other_numpy_load(tmp_path: Path) -> None:
    """NumPy 2 writes ``numpy._core``, NumPy 1 ``numpy.core``."""
    source, other = mmengine_checkpoint(tmp_path / 'a.pth'), tmp_path / 'b.pth'
    ours, theirs = (b'numpy._core.', b'numpy.core.') if hasattr(np, '_core') else (b'numpy.core.', b'numpy._core.')
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(other, 'w') as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith('data.pkl'):
                assert ours in data
                data = data.replace(ours, theirs)
            new.writestr(name, data)
    assert load_from_local(str(other))['meta'] == dict(epoch=3, acc=0.5)


class Climb:
    """Reaches for code through attributes of an allowed class."""

    def __init__(self, owner: object, name: str) -> None:
        self.owner, self.name = owner, name

    def __reduce__(self) -> tuple:
        return getattr, (self.owner, self.name)


@pytest.mark.parametrize(('owner', 'name'), [(HistoryBuffer, '__init__'), (HistoryBuffer, '__reduce__'),
                                             (np.ndarray, 'tofile'), (np.dtype, 'mean')])
def test_getattr_in_a_checkpoint_leads_nowhere(tmp_path: Path, owner: type, name: str) -> None:
    torch.save(Climb(owner, name), tmp_path / 'climb.pth')
    with pytest.raises(CheckpointError, match='holds getattr, which could run code'):
        load_from_local(str(tmp_path / 'climb.pth'))


def test_the_host_uses_this_loader(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    path = mmengine_checkpoint(tmp_path / 'a.pth')
    load_checkpoint(model, str(path))
    assert torch.equal(model.weight, load_from_local(str(path))['state_dict']['weight'])


def test_code_in_a_checkpoint_never_runs_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, mark = tmp_path / 'evil.pth', tmp_path / 'mark'
    torch.save(dict(state_dict={}, meta=Evil(mark)), path)
    with pytest.raises(CheckpointError, match=rf'evil.pth holds posix.mkdir, which could run code.*{TRUST_VARIABLE}=1'):
        load_from_local(str(path))
    assert not mark.exists()
    monkeypatch.setenv(TRUST_VARIABLE, '1')
    load_from_local(str(path))
    assert mark.exists()


@pytest.mark.parametrize('content', [b'', b'not a checkpoint', b'PK\x03\x04 cut short'])
def test_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match='a.pth is damaged or is not a PyTorch checkpoint'):
        load_from_local(str(path))


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match='nowhere.pth does not exist'):
        load_from_local(str(tmp_path / 'nowhere.pth'))


def test_a_folder_is_not_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf'Checkpoint {tmp_path} is a folder that holds none \(.pth\): name a'):
        load_from_local(str(tmp_path))
    for time, name in ((300, 'epoch_1.pth'), (200, 'epoch_9.pth'), (100, 'epoch_10.pth')):
        mmengine_checkpoint(tmp_path / name)
        os.utime(tmp_path / name, (time, time))
    with pytest.raises(CheckpointError, match=rf'folder: name a file in it; the newest is {tmp_path}/epoch_1.pth\.'):
        load_from_local(str(tmp_path))
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/run/epoch_10.pth')      # the folder was moved, or copied
    with pytest.raises(CheckpointError, match='the newest is .*/epoch_10.pth'):
        load_from_local(str(tmp_path))
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/run/epoch_11.pth')
    with pytest.raises(CheckpointError, match='the newest is .*/epoch_1.pth'):
        load_from_local(str(tmp_path))


def test_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, evil, calls = mmengine_checkpoint(tmp_path / 'good.pth'), tmp_path / 'evil.pth', []
    torch.save(Evil(tmp_path / 'mark'), evil)

    def download(url: str, target: str, progress: bool) -> None:
        calls.append(url)
        shutil.copy(tmp_path / url.rsplit('/', 1)[1].split('?')[0], target)

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    cache = tmp_path / 'cache'
    for _ in range(2):
        assert load_from_url('https://example.org/x/good.pth?v=1', str(cache))['meta']['epoch'] == 3
    assert len(calls) == 1 and (cache / good.name).is_file()      # downloaded once
    with pytest.raises(CheckpointError, match='could run code'):
        load_from_url('https://example.org/evil.pth', str(cache))
