import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.evaluation import MERMetric
from fdp_mmaction.evaluation.mer_metric import average_votes


def predicted(sample_id, label, score):
    sample = ActionDataSample(metainfo=dict(sample_id=sample_id, subject=sample_id.split('/')[0]))
    return sample.set_gt_label(label).set_pred_score(torch.tensor(score)).to_dict()


def evaluate(samples, **options):
    metric = MERMetric(**options)
    metric.dataset_meta = dict(classes=('a', 'b', 'c'))
    for sample in samples:
        metric.process({}, [sample])
    return metric, metric.evaluate(len(samples))


def test_scores_of_known_predictions():
    metric, scores = evaluate([
        predicted('s1/x', 0, [0.8, 0.1, 0.1]), predicted('s1/y', 1, [0.5, 0.4, 0.1]),
        predicted('s2/x', 1, [0.1, 0.8, 0.1]), predicted('s2/y', 2, [0.1, 0.1, 0.8])])
    assert metric.matrix.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert scores['me/ACC'] == 0.75 and scores['me/UAR'] == pytest.approx((1 + 0.5 + 1) / 3)
    assert scores['me/F1/b'] == pytest.approx(2 / 3) and scores['me/UF1'] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_clips_of_an_me_vote_once():
    clips = [predicted('s1/x', 0, score) for score in ([0.3, 0.7, 0.0], [0.9, 0.1, 0.0], [0.4, 0.6, 0.0])]
    metric, scores = evaluate([*clips, predicted('s1/y', 2, [0.0, 0.1, 0.9])], per_class=False)
    assert metric.matrix.sum() == 2 and scores['me/ACC'] == 1.0     # the majority of clips would be wrong
    assert set(scores) == {'me/ACC', 'me/WAR', 'me/UAR', 'me/WF1', 'me/UF1'}
    np.testing.assert_allclose(metric.predictions[0]['score'], [1.6 / 3, 1.4 / 3, 0], atol=1e-6)


def test_two_mes_with_one_id_are_an_error():
    with pytest.raises(ValueError, match='s1/x occurs with different labels'):
        average_votes([dict(sample_id='s1/x', label=label, score=np.ones(2)) for label in (0, 1)])
