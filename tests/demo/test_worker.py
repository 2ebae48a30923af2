from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from demo_calls import call

from fdp_mmaction.demo.worker import Worker, WorkError
from fdp_mmaction.errors import DatasetError


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(call, (DatasetError,), seconds=1.0)
    yield made
    made.close()


def test_a_worker_stays_and_survives_what_goes_wrong(worker: Worker) -> None:
    first = worker('process')
    assert first != os.getpid() and worker('process') == first
    with pytest.raises(WorkError, match=r'^Video x.mp4 is bad: give another.$'):
        worker('user error')
    with pytest.raises(WorkError, match='the log of the server says what'):
        worker('bug')
    assert worker('process') == first
    began = time.monotonic()
    with pytest.raises(WorkError, match='took longer than 1 s and was stopped'):
        worker('hang')
    assert time.monotonic() - began < 5
    second = worker('process')
    assert second != first
    with pytest.raises(WorkError, match='ended the process that does it'):
        worker('crash')
    assert worker('process') not in (first, second)
