import numpy as np
import pytest
from matplotlib.figure import Figure

from fdp_mmaction.visualization import save_figure


def test_figure_appears_whole(tmp_path):
    figure = Figure()
    figure.add_subplot().imshow(np.zeros((4, 4)))
    path = save_figure(figure, tmp_path / 'new' / 'a.png')
    assert path.read_bytes().startswith(b'\x89PNG')
    assert [p.name for p in path.parent.iterdir()] == ['a.png']


def test_a_name_without_an_ending_is_a_png(tmp_path):
    assert save_figure(Figure(), tmp_path / 'a') == tmp_path / 'a.png' and (tmp_path / 'a.png').is_file()


def test_a_failed_figure_leaves_the_old_one(tmp_path):
    path = tmp_path / 'a.png'
    path.write_text('old')
    figure = Figure()
    figure.savefig = lambda *args, **kwargs: 1 / 0
    with pytest.raises(ZeroDivisionError):
        save_figure(figure, path)
    assert path.read_text() == 'old'
