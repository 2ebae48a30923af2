from __future__ import annotations

import pickle

import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.evaluation import LandmarkMetric

DISTANCE = 40.0


def face(*frames):
    """Faces whose pupils are DISTANCE pixels apart."""
    points = torch.rand(68, 2, generator=torch.Generator().manual_seed(0)) * 100
    points[36:42], points[42:48] = torch.tensor([30.0, 50]), torch.tensor([30.0 + DISTANCE, 50])
    return points.expand(*frames, 68, 2)


def sample(errors, truth=None, name='a'):
    """A prediction that is off by these shares of DISTANCE, to the right."""
    errors = torch.tensor(errors)
    truth = face(*errors.shape) if truth is None else truth
    predicted = face(*errors.shape) + torch.stack([errors * DISTANCE, 0 * errors], -1)[..., None, :]
    return dict(sample_id=name, gt_landmarks=truth, pred_landmarks=predicted)


def test_over_frames_and_over_mes():
    metric = LandmarkMetric()
    metric.process({}, [sample([0.02, 0.04]), sample([[0.05, 0.09], [0.2, 0.14]])])
    assert metric.evaluate(2) == {
        'landmarks/NME': pytest.approx((0.02 + 0.04 + 0.05 + 0.09 + 0.2 + 0.14) / 6, abs=1e-6),
        'landmarks/failure_rate': pytest.approx(2 / 6),
        'landmarks/NME_per_ME': pytest.approx((0.03 + 0.12) / 2, abs=1e-6),
        'landmarks/failure_rate_per_ME': pytest.approx(1 / 2)}


def test_last_frames_and_clips_in_a_row():
    """A model that finds no landmarks in the first frame of a clip; a pipeline that stacks clips one after another."""
    truth = face(2, 3).clone()
    truth[:, 0] += 50
    for form in (truth, truth.reshape(6, 68, 2)):
        metric = LandmarkMetric()
        metric.process({}, [sample([[0.02, 0.04], [0.06, 0.08]], form)])
        assert metric.evaluate(1)['landmarks/NME'] == pytest.approx(0.05, abs=1e-6)
    metric = LandmarkMetric()
    metric.process({}, [sample([0.02, 0.04], truth[0])])
    assert metric.evaluate(1)['landmarks/NME'] == pytest.approx(0.03, abs=1e-6)


def test_threshold_and_distance():
    truth = face(1).clone()
    truth[:, 36], truth[:, 45] = torch.tensor([10.0, 50]), torch.tensor([90.0, 50])
    truth[:, 37], truth[:, 44] = torch.tensor([50.0, 50]), torch.tensor([50.0, 50])      # pupils stay 40 apart
    scores = {}
    for between in ('pupils', 'corners'):
        metric = LandmarkMetric(threshold=0.05, between=between)
        metric.process({}, [dict(sample_id='a', gt_landmarks=truth, pred_landmarks=truth + torch.tensor([3.2, 0]))])
        scores[between] = metric.evaluate(1)
    assert [scores[name]['landmarks/NME'] for name in scores] == [pytest.approx(0.08), pytest.approx(0.04)]
    assert [scores[name]['landmarks/failure_rate'] for name in scores] == [1, 0]


def test_three_numbers_are_kept():
    metric = LandmarkMetric()
    metric.process({}, [sample([[0.02] * 8] * 12)])
    assert metric.results == [(96, pytest.approx(96 * 0.02, abs=1e-4), 0)] and len(pickle.dumps(metric.results)) < 100


def test_what_does_not_fit():
    metric = LandmarkMetric()
    metric.process({}, [dict(sample_id='a', gt_landmarks=face(2))])
    assert metric.evaluate(1) == {}
    with pytest.raises(ValueError, match='a has pred_landmarks but no gt_landmarks: load them'):
        metric.process({}, [dict(sample_id='a', pred_landmarks=face(2))])
    for predicted in (face(4), face(2, 2), face(3)[..., :60, :], face(3).reshape(3, 136), face()):
        with pytest.raises(ValueError, match=r'do not fit true ones of shape \(3, 68, 2\)'):
            metric.process({}, [dict(sample_id='a', gt_landmarks=face(3), pred_landmarks=predicted)])
    for wrong in (dict(threshold=0), dict(between='ears')):
        with pytest.raises(ValueError, match='threshold above 0'):
            LandmarkMetric(**wrong)
