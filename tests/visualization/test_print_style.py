from __future__ import annotations

import matplotlib

from fdp_mmaction.visualization.print_style import class_marks, print_style, short_name


def test_no_two_classes_look_alike() -> None:
    marks = class_marks([f'c{index}' for index in range(96)])
    assert len({tuple(mark.values()) for mark in marks.values()}) == 96
    first = list(marks.values())[:12]
    assert len({mark['color'] for mark in first[:8]}) == 8 and len({mark['marker'] for mark in first}) == 12


def test_the_style_ends() -> None:
    before = matplotlib.rcParams['font.size']
    with print_style():
        assert matplotlib.rcParams['font.size'] == 7
    assert matplotlib.rcParams['font.size'] == before


def test_names() -> None:
    assert short_name('casme2/sub01/EP02_01f') == 'sub01/EP02_01f' and short_name('clip.avi') == 'clip.avi'
