from __future__ import annotations

import math

import numpy as np

from fdp_mmaction.visualization import draw_fold_curves
from fdp_mmaction.visualization.fold_curves import curve_names, panel_grid


def histories(folds: int = 3, epochs: int = 4) -> list[list[dict]]:
    return [[{'epoch': epoch, 'lr': 0.1, 'loss_cls': fold + 1.0, 'loss': fold + 1 / epoch, 'inner-val/ACC': 0.5,
              'inner-val/UF1': 0.1 * fold, 'me/F1/happiness': 0.2} for epoch in range(1, epochs + 1)]
            for fold in range(folds)]


def test_which_curves_are_drawn() -> None:
    assert curve_names(histories()) == ['loss', 'loss_cls', 'inner-val/UF1', 'inner-val/ACC']
    many = [[{'epoch': 1, 'a/UF1': 1.0, 'a/ACC': 1.0, **{f'loss{k}': 1.0 for k in range(12)}}]]
    assert len(curve_names(many)) == 9 and curve_names(many)[-2:] == ['a/UF1', 'a/ACC']


def test_every_fold_and_the_median() -> None:
    figure = draw_fold_curves(histories(), 'run', lambda name: name.upper())
    panels = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title() for axes in panels] == ['LOSS', 'LOSS_CLS', 'INNER-VAL/UF1', 'INNER-VAL/ACC']
    *folds, median = panels[0].lines
    assert [line.get_ydata()[1] for line in folds] == [0.5, 1.5, 2.5]
    np.testing.assert_allclose(median.get_ydata(), [1 + 1 / epoch for epoch in range(1, 5)])
    assert (panels[0].get_yscale(), panels[2].get_yscale()) == ('log', 'linear')
    assert figure.get_suptitle() == 'run; thin: 3 folds, thick: their median'


def test_folds_of_other_lengths_gaps_and_losses_that_are_not_positive() -> None:
    first, second = histories(2)
    second = second[:2]
    second[0]['loss'] = math.nan
    del second[1]['inner-val/UF1']
    first[3]['loss'] = -1.0
    panels = draw_fold_curves([first, second, []]).axes
    *folds, median = panels[0].lines
    assert [list(line.get_xdata()) for line in folds] == [[1, 2, 3, 4], [2]]
    assert list(median.get_ydata()) == [1, 1, 1 / 3, -1] and panels[0].get_yscale() == 'linear'
    assert list(panels[2].lines[1].get_xdata()) == [1]


def test_few_empty_places() -> None:
    assert [panel_grid(count) for count in range(1, 10)] == [
        (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (2, 3), (4, 2), (4, 2), (3, 3)]


def test_nothing_to_draw() -> None:
    assert draw_fold_curves([[], []]) is None
