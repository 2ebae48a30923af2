from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from fdp_mmaction.demo.private_folder import PrivateFolder


def test_nobody_else_can_enter(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path)
    for path in (folder.path, folder.sub('uploads')):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    folder.remove()
    assert not folder.path.exists()


def test_forgetting_deletes_files_inside_alone(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path)
    upload = folder.sub('uploads') / 'abc' / 'face.mp4'
    upload.parent.mkdir()
    upload.write_text('x')
    outside = tmp_path / 'mine.mp4'
    outside.write_text('x')
    (folder.path / 'link.mp4').symlink_to(outside)
    for path in (upload, upload, outside, folder.path / '../mine.mp4', folder.path / 'link.mp4'):
        folder.forget(path)
    assert not upload.exists() and not upload.parent.exists()
    assert outside.exists() and folder.path.exists()
    folder.remove()


def test_it_is_gone_at_exit(tmp_path: Path) -> None:
    code = ('from fdp_mmaction.demo.private_folder import PrivateFolder\n'
            f'folder = PrivateFolder({str(tmp_path)!r})\n'
            '(folder.sub("uploads") / "face.mp4").write_text("x")\n'
            'print(folder.path)\nraise SystemExit(1)\n')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout.startswith(str(tmp_path.resolve()))
    assert not list(tmp_path.iterdir())
