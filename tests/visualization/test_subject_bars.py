from __future__ import annotations

from fdp_mmaction.visualization import draw_subject_bars


def test_mes_and_what_was_recognised_of_them() -> None:
    figure = draw_subject_bars({'sub01': dict(mes=4, correct=3), 'sub02': dict(mes=8, correct=2.5)}, 'title')
    [axes] = figure.axes
    assert [bar.get_height() for bar in axes.patches] == [4, 8, 3, 2.5]
    assert [text.get_text() for text in axes.texts] == ['75', '31']
    assert [label.get_text() for label in axes.get_xticklabels()] == ['sub01', 'sub02']
    assert axes.get_ylim()[1] > 8 and figure.get_suptitle() == 'title'


def test_many_subjects_take_several_rows_of_one_scale() -> None:
    figure = draw_subject_bars({f's{k}': dict(mes=k + 1, correct=k) for k in range(90)})
    assert [len(axes.get_xticklabels()) for axes in figure.axes] == [40, 40, 10]
    assert len({axes.get_ylim() for axes in figure.axes}) == len({axes.get_xlim() for axes in figure.axes}) == 1
