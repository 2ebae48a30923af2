import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.evaluation import DynamicImageMetric
from fdp_mmaction.evaluation.dynamic_image_metric import image_quality


def pair(target, prediction, name='x'):
    sample = ActionDataSample(metainfo=dict(sample_id=name))
    sample.set_field(torch.as_tensor(target), 'gt_dynamic_image')
    sample.set_field(torch.as_tensor(prediction), 'pred_dynamic_image')
    return sample.to_dict()


def test_psnr_is_its_definition():
    rng = np.random.default_rng(0)
    target, prediction = rng.random((2, 24, 24), dtype=np.float32)
    psnr, ssim = image_quality(prediction, target)
    assert psnr == pytest.approx(-10 * np.log10(((target - prediction) ** 2).mean()), abs=1e-4)
    assert -1 <= ssim < 0.3
    assert image_quality(target, target)[1] == pytest.approx(1.0)


def test_mean_over_mes_and_examples():
    rng = np.random.default_rng(1)
    targets = rng.random((4, 16, 16), dtype=np.float32)
    metric = DynamicImageMetric(num_examples=2)
    for index, target in enumerate(targets):
        metric.process({}, [pair(target, np.clip(target + 0.1, 0, 1), f's{index}')])
    scores = metric.evaluate(4)
    expected = np.mean([image_quality(np.clip(t + 0.1, 0, 1), t)[0] for t in targets])
    assert scores['dynamic_image/PSNR'] == pytest.approx(expected, abs=1e-3)
    assert [example['sample_id'] for example in metric.examples] == ['s0', 's1']


def test_several_clips_count_as_one_me():
    target = np.random.default_rng(2).random((3, 16, 16), dtype=np.float32)
    metric = DynamicImageMetric()
    metric.process({}, [pair(target, target * 0.9)])
    assert len(metric.results) == 1 and metric.results[0]['target'].shape == (16, 16)
