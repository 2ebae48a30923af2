import numpy as np
import pytest
from matplotlib.figure import Figure

from fdp_mmaction.errors import DatasetError
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


@pytest.mark.parametrize('ending, start', [('.pdf', b'%PDF'), ('.svg', b'<?xml'), ('.PNG', b'\x89PNG')])
def test_formats_for_print_are_the_same_every_time(tmp_path, ending, start):
    def draw(name):
        figure = Figure(figsize=(2, 1))
        axes = figure.add_subplot()
        axes.imshow(np.eye(4))
        axes.set_title('some words')
        return save_figure(figure, tmp_path / f'{name}{ending}', tight=False).read_bytes()
    content = draw('a')
    assert content.startswith(start) and content == draw('b')
    if ending == '.svg':
        assert b'some words' in content and b'width="144pt"' in content


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(DatasetError, match=r'a.jpg does not end in .png, .pdf or .svg'):
        save_figure(Figure(), tmp_path / 'a.jpg')
    assert not list(tmp_path.iterdir())
