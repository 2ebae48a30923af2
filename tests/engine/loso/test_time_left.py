from __future__ import annotations

import pytest

from fdp_mmaction.engine.loso.time_left import Progress, remaining_seconds


def seen(since: float, *looks: tuple[float, int, int]) -> Progress:
    """A fold that was first seen at ``since``; looks are the time, epochs done and epochs wanted."""
    fold = Progress(since)
    for look in looks:
        fold.look(*look)
    return fold


def test_only_what_this_attempt_did_counts() -> None:
    stale = (0.1, 16, 20)      # left behind by the attempt that was cut off
    fold = seen(0.0, stale, (0.5, 0, 0), (3.0, 15, 20), (5.0, 15, 20), (13.0, 17, 20), (14.0, 17, 20))
    assert (fold.first, fold.part, fold.mark) == (0.75, 0.85, 13.0)
    assert fold.done == pytest.approx(0.1) and fold.seconds == 13.0
    assert seen(2.0, (2.5, 0, 0)).seconds == 0 == seen(2.0, (2.5, 4, 20)).done
    again = seen(0.0, (1.0, 0, 10), (5.0, 6, 10), (6.0, 5, 10))      # begun again within 0.2 s
    assert (again.first, again.done) == (0.5, 0.0)


@pytest.mark.parametrize(('finished', 'running', 'waiting', 'together', 'now', 'expected'), [
    ([], [], 5, 0, 0.0, None),
    ([], [seen(0, (0, 0, 10))], 5, 1, 10.0, None),      # begun, but nothing known
    ([], [seen(0, (0, 0, 10), (10, 5, 10))], 3, 1, 10.0, 70.0),      # 20 s each
    ([], [seen(0, (0, 0, 10), (10, 5, 10))], 3, 1, 12.0, 68.0),      # in the midst of an epoch
    ([(20, 1.0)], [seen(0, (0, 0, 10)), seen(-10, (-10, 0, 10))], 4, 2, 5.0, 55.0),
    ([(20, 1.0)], [seen(0, (0, 0, 10))], 0, 1, 90.0, 0.0),
    ([(10, 1.0)], [seen(0, (0, 0, 10), (40, 1, 10)), seen(0, (0, 0, 10), (9, 9, 10))], 0, 2, 40.0, 360.0),
    ([(60, 1.0)] * 4, [seen(0, (0, 0, 2))], 2, 2, 0.0, 120.0),      # the second place is free
    ([], [], 0, 2, 5.0, None),
])
def test_the_time_left(finished, running, waiting, together, now, expected) -> None:
    found = remaining_seconds(finished, running, waiting, together, now)
    assert found == (expected if expected is None else pytest.approx(expected))


def test_short_ends_of_folds_that_were_cut_off_are_no_whole_folds() -> None:
    """Two folds are resumed for their last two of 20 epochs, 4 s each; the next take 80 s."""
    resumed = [(8.0, 0.1), (8.0, 0.1)]
    fresh = [seen(8.0, (8.5, 0, 0), (9.0, 0, 20))] * 2
    assert remaining_seconds(resumed, fresh, 2, 2, 9.0) == pytest.approx(160.0)
