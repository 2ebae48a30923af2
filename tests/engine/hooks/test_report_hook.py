import csv
import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets import CASME2Dataset
from fdp_mmaction.engine.hooks import ReportHook, TrainedSubjectsHook
from fdp_mmaction.evaluation import MERMetric


@pytest.mark.parametrize('checkpoint, selection', [
    ('x.pth', 'last'), ('work/best_me_ACC_epoch_3.pth', 'best-on-test')])
def test_everything_of_a_test_is_written(tmp_path, caplog, checkpoint, selection):
    metric = MERMetric()
    metric.dataset_meta = dict(classes=('a', 'b'))
    for index in range(3):
        metric.process({}, [dict(sample_id=f'd/s/{index}', subject='s', gt_label=torch.tensor([index % 2]),
                                 pred_score=torch.tensor([0.7, 0.3]))])
    scores = metric.evaluate(3)
    meta = dict(classes=('a', 'b'), dataset_name='D', protocol='2-class', test_subjects=('s',))
    runner = SimpleNamespace(
        work_dir=str(tmp_path), seed=5, _load_from=checkpoint, logger=logging.getLogger('test'),
        test_evaluator=SimpleNamespace(metrics=[metric]),
        test_dataloader=SimpleNamespace(dataset=SimpleNamespace(metainfo=meta)))
    hook = ReportHook()
    hook.after_load_checkpoint(runner, dict(meta=dict(epoch=7)))
    hook.after_test_epoch(runner, metrics=scores)
    result = json.loads((tmp_path / 'report' / 'metrics.json').read_text())
    assert result['confusion_matrix'] == [[2, 0], [1, 0]] and result['num_mes'] == 3
    assert (result['seed'], result['epochs'], result['test_subjects']) == (5, 7, ['s'])
    assert (result['checkpoint'], result['selection']) == (checkpoint, selection)
    assert ('optimistic' in caplog.text) == (selection == 'best-on-test')
    with open(tmp_path / 'report' / 'predictions.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert [(row['sample_id'], row['label'], row['prediction']) for row in rows] == [
        ('d/s/0', 'a', 'a'), ('d/s/1', 'b', 'a'), ('d/s/2', 'a', 'a')]
    assert np.isclose(float(rows[0]['score_a']), 0.7)
    assert sorted(path.name for path in (tmp_path / 'report').iterdir()) == [
        'confusion_matrix.png', 'metrics.json', 'predictions.csv']
    assert result['trained_subjects'] is None and result['seen_in_training'] == []


@pytest.mark.parametrize(('trained', 'seen'), [('noise/sub02', []), ('noise/sub01', ['noise/sub01'])])
def test_whom_training_saw_is_told(tmp_path, prepared, trained, seen):
    part = CASME2Dataset(str(prepared), test_subject='sub01', test_mode=True)
    metric = MERMetric()
    metric.dataset_meta = part.metainfo
    metric.process({}, [dict(sample_id='d/s/0', subject='s', gt_label=torch.tensor([0]), pred_score=torch.ones(5))])
    metric.evaluate(1)
    knows = TrainedSubjectsHook(allow_overlap=True)
    runner = SimpleNamespace(
        work_dir=str(tmp_path), seed=5, _load_from='', logger=logging.getLogger('test'), hooks=[knows],
        test_evaluator=SimpleNamespace(metrics=[metric]), test_dataloader=SimpleNamespace(dataset=part))
    knows.after_load_checkpoint(runner, dict(meta=dict(trained_on=dict(subjects=[trained]))))
    ReportHook(model_card=False).after_test_epoch(runner, metrics={})
    result = json.loads((tmp_path / 'report' / 'metrics.json').read_text())
    assert result['trained_subjects'] == [trained] and result['seen_in_training'] == seen


@pytest.mark.parametrize(('subjects', 'title'), [(('sub03', 's4'), 'fdp_x, left out: sub03, s4'), ((), 'fdp_x')])
def test_training_curves_say_what_was_trained(tmp_path, monkeypatch, subjects, title):
    scalars = tmp_path / '2026_1' / 'vis_data' / 'scalars.json'
    scalars.parent.mkdir(parents=True)
    scalars.write_text(json.dumps(dict(loss=1.0, step=1)))
    titles = []
    monkeypatch.setattr('fdp_mmaction.visualization.draw_training_curves', lambda curves, title: titles.append(title))
    monkeypatch.setattr('fdp_mmaction.visualization.save_figure', lambda figure, path: path)
    dataset = SimpleNamespace(metainfo=dict(test_subjects=subjects))
    runner = SimpleNamespace(
        work_dir=str(tmp_path), epoch=1, logger=logging.getLogger('test'), experiment_name='fdp_x_2026_1',
        timestamp='2026_1', train_loop=SimpleNamespace(dataloader=SimpleNamespace(dataset=dataset)))
    ReportHook(model_card=False).after_train(runner)
    assert titles == [title]
