import numpy as np
import pytest
from sklearn import metrics as oracle

from fdp_mmaction.functional.metrics import (METRIC_NAMES, confusion_matrix, per_class_scores, scores_from_confusion,
                                             scores_of_many)


@pytest.mark.parametrize('seed', range(10))
def test_scores_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    num_classes = int(rng.integers(2, 8))
    truth = rng.integers(0, num_classes, int(rng.integers(1, 60)))      # small samples lack classes
    guess = rng.integers(0, num_classes, len(truth))
    labels = range(num_classes)
    matrix = confusion_matrix(truth, guess, num_classes)
    assert np.array_equal(matrix, oracle.confusion_matrix(truth, guess, labels=labels))
    scores = scores_from_confusion(matrix)
    assert scores['ACC'] == scores['WAR'] == pytest.approx(oracle.accuracy_score(truth, guess))
    options = dict(labels=list(labels), zero_division=0)
    assert scores['UAR'] == pytest.approx(oracle.recall_score(truth, guess, average='macro', **options))
    assert scores['UF1'] == pytest.approx(oracle.f1_score(truth, guess, average='macro', **options))
    assert scores['WF1'] == pytest.approx(oracle.f1_score(truth, guess, average='weighted', **options))
    details = per_class_scores(matrix)
    precision, recall, f1, support = oracle.precision_recall_fscore_support(truth, guess, **options)
    np.testing.assert_allclose(details['precision'], precision)
    np.testing.assert_allclose(details['recall'], recall)
    np.testing.assert_allclose(details['f1'], f1)
    assert np.array_equal(details['support'], support)


def test_pooling_is_not_averaging():
    folds = [confusion_matrix([0, 0, 1], [0, 0, 1], 2), confusion_matrix([1], [0], 2)]
    pooled = scores_from_confusion(sum(folds))['UF1']
    averaged = np.mean([scores_from_confusion(fold)['UF1'] for fold in folds])
    assert pooled == pytest.approx((0.8 + 2 / 3) / 2)
    assert averaged == pytest.approx(0.5)


@pytest.mark.parametrize('labels, predictions, message', [
    ([0, 1], [0], 'do not fit'), ([5], [0], 'label lies outside'), ([0], [-1], 'prediction lies outside')])
def test_bad_input(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predictions, 3)


def test_nothing_evaluated_is_an_error():
    with pytest.raises(ValueError, match='no sample'):
        scores_from_confusion(np.zeros((3, 3), dtype=int))
    with pytest.raises(ValueError, match='square'):
        scores_from_confusion(np.ones((2, 3), dtype=int))


def test_many_at_once_score_as_one_by_one():
    matrices = np.random.default_rng(0).integers(0, 3, (4, 5, 3, 3))
    matrices[0, 0] = [[0, 0, 0], [0, 0, 2], [0, 1, 0]]      # an absent class, no hit
    found = scores_of_many(matrices)
    assert tuple(found) == METRIC_NAMES
    for place in np.ndindex(4, 5):
        assert {name: score[place] for name, score in found.items()} == scores_from_confusion(matrices[place])
