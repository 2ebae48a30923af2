import numpy as np

from fdp_mmaction.visualization import draw_confusion_matrix


def test_counts_rates_and_scores_are_written():
    matrix = np.array([[3, 1, 0], [0, 2, 2], [0, 0, 0]])
    figure = draw_confusion_matrix(matrix, ['a', 'b', 'c'], 'title')
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ['3\n75%', '1\n25%', '0\n0%', '0\n0%', '2\n50%', '2\n50%', '–', '–', '–']
    assert 'ACC 0.625' in figure.axes[0].get_title() and 'title' in figure.axes[0].get_title()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ['a (4)', 'b (4)', 'c (0)']
