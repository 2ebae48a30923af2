import csv
import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.engine.hooks.report_hook import ReportHook
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
