"""Fitted powers."""

from __future__ import annotations

import pytest

from fdp_mmaction.engine.benchmark.growth import describe_growth, draw_growth, fitted_exponent, parse_sweep
from fdp_mmaction.engine.launch import UsageError


def result(seconds: float, flops: int | None) -> dict:
    return dict(seconds=dict(median=seconds, low=0.9 * seconds, high=1.2 * seconds), flops=flops, memory=0)


def test_powers() -> None:
    assert fitted_exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)
    assert fitted_exponent([1, 10], [5, 5]) == pytest.approx(0)
    assert fitted_exponent([4, 4], [1, 2]) is None


def test_growth_of_what_is_known() -> None:
    values, results = [4, 8, 16], [result(0.1, None), result(0.2, 7), result(0.4, 9)]
    growth = describe_growth('frames', values, results)
    assert growth['name'] == 'frames' and growth['values'] == values
    assert growth['exponents'] == dict(seconds=pytest.approx(1), flops=None, memory=None)
    axes = draw_growth(growth, results).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ['4', '8', '16']
    assert axes.get_legend().get_texts()[0].get_text() == 'seconds ~ frames$^{1.00}$'
    line = axes.get_legend().get_lines()[0]
    assert line.get_color() == '#d1495b'


def test_words_of_the_command_line() -> None:
    assert parse_sweep(['batch', '4', '8']) == ('batch_size', [4, 8])
    assert parse_sweep(['model.x', '0.5', '2']) == ('model.x', [0.5, 2])


@pytest.mark.parametrize('words', [['batch'], ['batch', '4'], ['batch', '4', '4'], ['batch', '4', 'x'],
                                   ['batch', '0', '4'], ['batch', 'True', '4']])
def test_what_is_no_sweep(words: list[str]) -> None:
    with pytest.raises(UsageError, match='at least two numbers above 0'):
        parse_sweep(words)
