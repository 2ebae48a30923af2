"""A place for files of strangers: only this user can enter, and nothing stays."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


class PrivateFolder:
    """A temporary folder of mode 0700 that is deleted at exit.

    Args:
        parent (str | Path, optional): Where to make it. Defaults to None, the system's folder for temporary files.
    """

    def __init__(self, parent: str | Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix='fdp-demo-', dir=parent)).resolve()
        self.path.chmod(0o700)
        self._owner = os.getpid()
        atexit.register(self.remove)

    def sub(self, name: str) -> Path:
        """A folder inside, made if needed.

        Args:
            name (str): Its name.

        Returns:
            Path: The folder, of mode 0700.
        """
        folder = self.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def holds(self, path: str | Path) -> bool:
        """Whether a path lies inside, links followed.

        Args:
            path (str | Path): Any path.

        Returns:
            bool: True if it does.
        """
        return self.path in Path(path).resolve().parents

    def forget(self, path: str | Path) -> None:
        """Delete a file inside, with its folder where that is empty then. Files elsewhere are left alone.

        Args:
            path (str | Path): The file; may be gone already.
        """
        path = Path(path)
        if not self.holds(path):
            return
        path.unlink(missing_ok=True)
        if path.parent.resolve() != self.path and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def remove(self) -> None:
        """Delete everything; done at exit, too. Processes forked from this one delete nothing."""
        if os.getpid() == self._owner:
            shutil.rmtree(self.path, ignore_errors=True)
            atexit.unregister(self.remove)
