from __future__ import annotations

from fdp_mmaction.visualization import draw_comparison


def test_one_bar_and_one_label_per_result() -> None:
    results = {'fdp': dict(mean=0.6, low=0.5, high=0.7, runs=[0.58, 0.62]),
               'other': dict(mean=0.3, low=0.3, high=0.3, runs=[0.3])}
    figure = draw_comparison(results, chance=0.2)
    [axes] = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [0.6, 0.3]
    assert [label.get_text() for label in axes.get_yticklabels()] == ['fdp', 'other']
    assert [text.get_text() for text in axes.texts] == ['0.60', '0.30']
