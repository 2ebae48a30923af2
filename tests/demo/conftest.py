"""Fixtures of the tests that need a running page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from demo_server import Server, start, stop


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with a tiny FDP and a tiny MOL of random weights."""
    pytest.importorskip('gradio', reason='the page needs gradio')
    from tiny_run import MOL, write_trained
    folder = tmp_path_factory.mktemp('page')
    fdp, mol = write_trained(folder / 'fdp'), write_trained(folder / 'mol', MOL)
    running = start(folder, '--checkpoint', f'fdp={fdp}', f'mol={mol}', '--max-megabytes', '2', '--landmark-source',
                    'none')
    yield running
    stop(running)
