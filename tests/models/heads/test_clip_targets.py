import pytest
import torch
from mmaction.structures import ActionDataSample

import fdp_mmaction  # noqa: F401
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.models.heads.clip_targets import set_predictions, stack_targets


def samples(*targets):
    made = []
    for index, target in enumerate(targets):
        sample = ActionDataSample(metainfo=dict(sample_id=f's{index}'))
        if target is not None:
            sample.set_field(target, 'gt_landmarks')
        made.append(sample)
    return made


@pytest.mark.parametrize('shape', [(2, 3, 68, 2), (6, 68, 2)])
def test_clips_of_an_me_in_either_form(shape):
    targets = torch.rand(2, *shape)
    stacked = stack_targets(samples(*targets), 'gt_landmarks', (3, 68, 2), torch.rand(4, 1))
    assert torch.equal(stacked, targets.reshape(4, 3, 68, 2))


def test_follows_the_predictions():
    like = torch.zeros(1, dtype=torch.float64)
    assert stack_targets(samples(torch.ones(3, 2)), 'gt_landmarks', (3, 2), like).dtype == torch.float64


@pytest.mark.parametrize('target, message', [
    (None, 's1: there is no gt_landmarks'), (torch.rand(4, 68, 2), r's1: gt_landmarks has shape \(4, 68, 2\)'),
    (torch.rand(3, 17, 8), 's1: gt_landmarks has shape'),
    (torch.rand(2, 3, 68, 2), r'but 1 clip\(s\) of \(3, 68, 2\)')])
def test_missing_and_misfitting_targets(target, message):
    with pytest.raises(DatasetError, match=message):
        stack_targets(samples(torch.rand(3, 68, 2), target), 'gt_landmarks', (3, 68, 2), torch.rand(2, 1))


def test_predictions_go_back_to_their_samples():
    values = torch.arange(4.0).view(4, 1)
    one = set_predictions(samples(None, None, None, None), 'pred', values)
    assert [sample.pred.tolist() for sample in one] == [[0], [1], [2], [3]]
    two = set_predictions(samples(None, None), 'pred', values)
    assert [sample.pred.tolist() for sample in two] == [[[0], [1]], [[2], [3]]]
