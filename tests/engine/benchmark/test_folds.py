"""Times of finished folds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_loso import fold, vote, write_run

from fdp_mmaction.engine.benchmark.folds import fold_times
from fdp_mmaction.errors import DatasetError


def timed(subject: str, **seconds: float):
    return replace(fold(subject, 0, dict(last=[vote(f'toy/{subject}/EP1', 0, 0)])), seconds=seconds)


def test_shares(tmp_path) -> None:
    run = write_run(tmp_path, [
        timed('a', total=10.0, start=2.0, data=1.0, training=6.0, test=0.5),
        timed('b', total=30.0, start=2.0, data=1.0, training=22.0, validation=1.0, test=0.5)], subjects=['a', 'b', 'c'])
    found = fold_times(run)
    assert (found['name'], found['folds'], found['missing'], found['total']) == ('toy', 2, 1, 40)
    assert found['seconds'] == dict(start=4, data=2, training=28, validation=1, test=1, other=4)
    assert found['shares']['training'] == 0.7 and found['outside_training'] == pytest.approx(0.3)
    assert sum(found['shares'].values()) == pytest.approx(1)
    assert found['fold']['median'] == 20 and found['fold']['runs'] == [10, 30]


def test_no_durations(tmp_path) -> None:
    with pytest.raises(DatasetError, match='holds no finished fold with its duration'):
        fold_times(write_run(tmp_path, [timed('a')]))
