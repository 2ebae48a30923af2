import json

import numpy as np

from fdp_mmaction.visualization import collect_curves, draw_training_curves, read_scalars
from fdp_mmaction.visualization.curve_words import loss_words
from fdp_mmaction.visualization.training_curves import running_mean

LINES = [
    dict(lr=0.1, loss=2.0, loss_cls=1.5, top1_acc=0.2, step=10),
    dict(lr=0.1, loss=1.0, loss_cls=0.5, top1_acc=0.6, step=20),
    {'me/UF1': 0.3, 'me/ACC': 0.4, 'me/F1/x': 0.1, 'step': 1},
    {'me/UF1': 0.5, 'me/ACC': 0.6, 'me/F1/x': 0.2, 'step': 2},
    {'me/UF1': 0.7, 'me/ACC': 0.6, 'me/F1/x': 0.2, 'step': 2},      # a resumed run repeats a step
]


def test_curves_of_a_log_cut_short(tmp_path):
    path = tmp_path / 'scalars.json'
    path.write_text('\n'.join(json.dumps(line) for line in LINES) + '\n{"loss": 0.')
    entries = read_scalars(path)
    assert entries == LINES
    curves = collect_curves(entries)
    assert curves['loss'] == {10: 2.0, 20: 1.0} and curves['me/UF1'] == {1: 0.3, 2: 0.7}
    assert 'lr' not in curves
    figure = draw_training_curves(curves)
    assert [axes.get_title() for axes in figure.axes] == ['training losses', 'training accuracy', 'left-out subject']
    labels = {line.get_label() for axes in figure.axes for line in axes.lines}
    assert labels == {'total loss', 'class loss', 'one batch', 'UF1', 'ACC'}


def test_no_score_hides_another() -> None:
    same = {1: 0.25, 2: 0.5}
    panel, = draw_training_curves({'me/UF1': same, 'me/ACC': same, 'me/UAR': same}).axes
    assert [line.get_label() for line in panel.lines] == ['ACC', 'UAR', 'UF1']
    widths = [line.get_linewidth() for line in panel.lines]
    assert widths == sorted(widths, reverse=True) and len(set(widths)) == 3


def test_accuracy_of_batches_is_smoothed() -> None:
    values = np.random.default_rng(0).random(60)
    panel, = draw_training_curves({'top1_acc': dict(enumerate(values))}).axes
    dots, line = panel.lines
    np.testing.assert_array_equal(dots.get_ydata(), values)
    assert line.get_label() == 'mean of 7'
    expected = [values[max(0, i - r):i + r + 1].mean() for i in range(60) for r in [min(3, i, 59 - i)]]
    np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_allclose(running_mean(np.full(3, 2.0), 9), 2)


def test_losses_in_words() -> None:
    names = ('loss', 'loss_rank', 'dynamic_image.loss_mse', 'flow.loss_mse', 'landmarks.loss_nme', 'loss_by_hand', 'x')
    assert [loss_words(name) for name in names] == [
        'total loss', 'ranking loss', 'dynamic image loss (MSE)', 'optical flow loss (MSE)', 'landmarks loss (NME)',
        'by hand loss', 'x']
