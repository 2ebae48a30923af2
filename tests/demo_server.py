"""The page, served by ``demo/app.py`` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Server:
    """A running page: its address, and the folder for all its temporary files."""

    url: str
    temporary: Path
    process: subprocess.Popen

    def uploads(self) -> list[Path]:
        """Videos that lie on the server, but for its own examples."""
        return [path for path in self.temporary.rglob('*') if path.suffix in ('.avi', '.mp4')]


def start(folder: Path, *options: str) -> Server:
    """Start the page on a free port and wait until it says where it is."""
    temporary = folder / 'temporary'
    temporary.mkdir()
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    environment = dict(os.environ, TMPDIR=str(temporary), PYTHONPATH=os.pathsep.join([str(REPO), *sys.path]),
                       GRADIO_ANALYTICS_ENABLED='False')
    process = subprocess.Popen([sys.executable, str(REPO / 'demo/app.py'), '--port', str(port), '--device', 'cpu',
                                *options], cwd=folder, env=environment, stdout=subprocess.PIPE,
                               stderr=(folder / 'log.txt').open('w'), text=True)
    line = process.stdout.readline()
    if not line.startswith('http'):
        process.wait(30)
        pytest.fail((folder / 'log.txt').read_text())
    return Server(re.match(r'http://[\w.:]+', line)[0], temporary, process)


def stop(server: Server) -> None:
    """End the page as a service manager does."""
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(60)
    finally:
        server.process.kill()
