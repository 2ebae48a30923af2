import json

from fdp_mmaction.visualization import collect_curves, draw_training_curves, read_scalars

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
    assert labels == {'loss', 'loss_cls', 'top1_acc', 'UF1', 'ACC'}
