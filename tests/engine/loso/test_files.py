from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.fileio import get_file_backend

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso.files import (WholeFileBackend, clean, epoch_of, newest_checkpoint, register_whole_files,
                                             require_run_folder)


def test_a_run_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    for out in (tmp_path / 'file', tmp_path / 'file/inside'):
        with pytest.raises(UsageError, match='file is a file: give a folder with --out'):
            require_run_folder(out)
    require_run_folder(tmp_path / 'new')      # and does not make it
    for name in ('last_checkpoint', 'epoch_3.pth', '20260101_120000/vis_data/scalars.json'):
        trained = tmp_path / name.replace('/', '_') / name
        trained.parent.mkdir(parents=True)
        trained.write_text('')
        out = tmp_path / name.replace('/', '_')
        with pytest.raises(UsageError, match='holds a training that is no leave-one-subject-out run'):
            require_run_folder(out)
        (out / 'loso.json').write_text('{}')      # a run all the same
        require_run_folder(out)
    assert not (tmp_path / 'new').exists()


def test_files_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register_whole_files()
    register_whole_files()      # again, as in a second run of one process
    backend = get_file_backend(backend_args=dict(backend='WholeFileBackend'))
    assert type(backend) is WholeFileBackend
    path = tmp_path / 'epoch_1.pth'
    backend.put(b'first', str(path))

    def fail(self: Path, content: bytes) -> None:
        with open(self, 'wb') as file:
            file.write(content[:2])
        raise OSError('disk full')

    monkeypatch.setattr(Path, 'write_bytes', fail)
    with pytest.raises(OSError, match='disk full'):
        backend.put(b'second', str(path))
    assert path.read_bytes() == b'first' and list(tmp_path.iterdir()) == [path]


def test_the_newest_checkpoint_that_is_whole(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None
    for epoch in (9, 10, 11):
        torch.save(dict(state_dict={}), tmp_path / f'epoch_{epoch}.pth')
    assert newest_checkpoint(tmp_path) == tmp_path / 'epoch_11.pth'      # and not epoch_9, the last by name
    (tmp_path / 'epoch_11.pth').write_bytes(b'PK')
    assert newest_checkpoint(tmp_path) == tmp_path / 'epoch_10.pth' and not (tmp_path / 'epoch_11.pth').exists()


@pytest.mark.parametrize(('name', 'epoch'), [('epoch_12.pth', 12), ('best_inner_3.pth', 3), ('epoch_x.pth', 0)])
def test_epoch_of_a_name(name: str, epoch: int) -> None:
    assert epoch_of(Path(name)) == epoch


def test_leftovers_of_killed_processes_go(tmp_path: Path) -> None:
    (tmp_path / '.epoch_1.55-ab.partial.pth').touch()
    (tmp_path / 'epoch_1.pth').touch()
    clean(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['epoch_1.pth']
