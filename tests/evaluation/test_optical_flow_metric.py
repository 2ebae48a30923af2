from __future__ import annotations

import pickle

import pytest
import torch

import fdp_mmaction  # noqa: F401
from fdp_mmaction.evaluation import OpticalFlowMetric
from fdp_mmaction.functional.flow_errors import flow_errors


def flows(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_mean_over_mes_however_many_clips_they_have():
    one = dict(sample_id='a', gt_flow=flows(3, 2, 8, 8), pred_flow=flows(3, 2, 8, 8, seed=1))
    other = dict(sample_id='b', gt_flow=flows(4, 3, 2, 8, 8), pred_flow=flows(4, 3, 2, 8, 8, seed=2) * 3)
    metric = OpticalFlowMetric()
    metric.process({}, [one])
    metric.process({}, [other])
    expected = [flow_errors(sample['pred_flow'].numpy(), sample['gt_flow'].numpy()) for sample in (one, other)]
    assert metric.evaluate(2) == {f'flow/{name}': pytest.approx((expected[0][name] + expected[1][name]) / 2)
                                  for name in ('EPE', 'above_0.5px', 'above_1px', 'EPE_zero')}


def test_other_fields():
    truth = flows(3, 2, 8, 8)
    sample = dict(sample_id='a', gt_flow=truth + 0.3, gt_exact_flow=truth, pred_flow=truth)
    metric = OpticalFlowMetric('gt_flow', 'gt_exact_flow', prefix='tvl1')
    metric.process({}, [sample])
    assert metric.evaluate(1)['tvl1/EPE'] == pytest.approx(0.3 * 2 ** 0.5, abs=1e-5)
    metric = OpticalFlowMetric(target='gt_exact_flow')
    metric.process({}, [sample])
    assert metric.evaluate(1)['flow/EPE'] == 0


def test_half_precision_and_what_is_kept():
    target = flows(3, 2, 64, 64)
    metric = OpticalFlowMetric()
    metric.process({}, [dict(sample_id='a', gt_flow=target, pred_flow=target.bfloat16())])
    assert metric.results[0]['EPE'] < 0.01
    assert len(pickle.dumps(metric.results)) < 200      # no pixels


def test_models_without_flow_and_pipelines_without_target():
    metric = OpticalFlowMetric()
    metric.process({}, [dict(sample_id='a', gt_flow=flows(3, 2, 8, 8))])
    assert metric.evaluate(1) == {}
    with pytest.raises(ValueError, match='a has pred_flow but no gt_flow: put FlowTarget'):
        metric.process({}, [dict(sample_id='a', pred_flow=flows(3, 2, 8, 8))])
    with pytest.raises(ValueError, match='does not fit'):
        metric.process({}, [dict(sample_id='a', pred_flow=flows(3, 2, 8, 8), gt_flow=flows(3, 2, 9, 9))])
