import numpy as np

from fdp_mmaction.visualization import draw_confusion_matrix


def test_counts_rates_and_scores_are_written():
    matrix = np.array([[3, 1, 0], [0, 2, 2], [0, 0, 0]])
    figure = draw_confusion_matrix(matrix, ['a', 'b', 'c'], 'title')
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ['3\n75%', '1\n25%', '0\n0%', '0\n0%', '2\n50%', '2\n50%', '–', '–', '–']
    assert 'ACC 0.625' in figure.axes[0].get_title() and 'title' in figure.axes[0].get_title()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ['a (4)', 'b (4)', 'c (0)']


def test_several_runs_are_averaged():
    matrix = np.array([[5, 1], [0, 6]])
    figure = draw_confusion_matrix(matrix, ['a', 'b'], 'title', runs=2, heading='UF1 0.9')
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ['2.5\n83%', '0.5\n17%', '0.0\n0%', '3.0\n100%']
    assert figure.axes[0].get_title() == 'title\nUF1 0.9'
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ['a (3)', 'b (3)']
