from __future__ import annotations

import re
from pathlib import Path

import pytest

from fdp_mmaction.engine.loso.command import FoldJob
from fdp_mmaction.engine.loso.display import RichDisplay, going_on, running_scores, time_left_text
from fdp_mmaction.engine.loso.record import read_progress, write_progress
from fdp_mmaction.engine.loso.results import FoldResult, Prediction, fold_folder


def fold(subject: str, votes: list[tuple[int, int]], selection: str = 'last') -> FoldResult:
    found = tuple(Prediction(f'{subject}/{k}', 'd', subject, a, b, (0.5, 0.5)) for k, (a, b) in enumerate(votes))
    return FoldResult(subject, 0, {selection: found}, {selection: 1}, 3, seconds=dict(total=65.0))


def test_scores_are_pooled_over_folds() -> None:
    """Each fold alone has a UF1 of at most one half."""
    folds = [fold('a', [(0, 0), (0, 0)]), fold('b', [(1, 1), (1, 1)])]
    assert running_scores(folds, 'compare', 2) == dict(UF1=1.0, ACC=1.0)
    assert running_scores([], 'last', 2) == {} == running_scores(folds, 'inner-val', 2)


@pytest.mark.parametrize(('done', 'cut_off', 'expected'), [
    (0, 0, ''), (12, 0, 'All 12 folds were done before.'),
    (8, 0, 'Going on with an earlier run: 8 of 12 folds are done.'),
    (0, 1, 'Going on with an earlier run: 0 of 12 folds are done; 1 that was cut off goes on from the last '
     'checkpoint.'),
    (8, 2, 'Going on with an earlier run: 8 of 12 folds are done; 2 that were cut off go on from the last '
     'checkpoint.'),
])
def test_going_on_is_said(done: int, cut_off: int, expected: str) -> None:
    assert going_on(done, 12, cut_off) == expected


def test_the_time_left_in_words() -> None:
    assert [time_left_text(seconds) for seconds in (None, 0.0, 9.9, 71.0)] == [
        'time left unknown', 'a few seconds left', 'a few seconds left', 'about 1 min 11 s left']


def test_progress_notes(tmp_path: Path) -> None:
    assert read_progress(tmp_path) is None
    write_progress(tmp_path, 3, 20)
    assert read_progress(tmp_path) == (3, 20)
    (tmp_path / 'progress.json').write_text('{}')
    assert read_progress(tmp_path) is None


def test_lines_where_there_is_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with RichDisplay([fold('a', [(0, 0)])], 3, 'last', 2) as display:
        display.update([FoldJob(tmp_path, 'b', 0)], 1)
        display.finished(FoldJob(tmp_path, 'b', 0), fold('b', [(1, 0)]))
        display.failed(FoldJob(tmp_path, 'c', 0), True)
        display.failed(FoldJob(tmp_path, 'c', 0), False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'Going on with an earlier run: 1 of 3 folds are done.'
    assert lines[1] == '2/3  b, seed 0: done in 1 min 5 s  so far UF1 0.333  ACC 0.500'
    assert lines[2:] == ['c, seed 0: failed, is tried again', 'c, seed 0: failed again']


def test_a_live_table_on_a_terminal(tmp_path: Path) -> None:
    from io import StringIO

    from rich.console import Console
    display = RichDisplay([fold('a', [(0, 0)])], 4, 'last', 2)
    screen = StringIO()
    display.console = display.live.console = Console(file=screen, force_terminal=True, width=100, highlight=False)
    write_progress(fold_folder(tmp_path, 0, 'b'), 5, 20)
    write_progress(fold_folder(tmp_path, 0, 'c'), 0, 0)
    with display:
        display.update([FoldJob(tmp_path, 'b', 0), FoldJob(tmp_path, 'c', 0), FoldJob(tmp_path, 'd', 0)], 0)
        display.live.refresh()
        write_progress(fold_folder(tmp_path, 0, 'b'), 6, 20)
        display.update([FoldJob(tmp_path, 'b', 0)], 0)
        display.live.refresh()
        display.finished(FoldJob(tmp_path, 'b', 0), fold('b', [(1, 1)]))
        display.update([], 0)
        display.live.refresh()
    text = screen.getvalue()
    assert 'so far, a few seconds left' in text and text.rstrip().splitlines()
    assert [seconds for seconds, part in display.paces if part == 0.75] and display.side_by_side == 2
    assert re.search(r'2 of 4 folds done, 0 running, 0 waiting, 0 failed; [\d.]+ s so far *\s', text)
    for expected in ('1 of 4 folds done, 2 running, 1 waiting, 0 failed', 'b, seed 0: epoch 5 of 20',
                     'c, seed 0: starting', 'so far UF1 0.500  ACC 1.000', 'time left unknown', '██████████░'):
        assert expected in text
    assert 'd, seed 0' not in text
