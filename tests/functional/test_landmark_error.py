import pytest
import torch

from fdp_mmaction.functional.landmark_error import landmark_error, pupil_distance


def face(distance=20.0):
    torch.manual_seed(0)
    points = 100 * torch.rand(68, 2)
    points[36:42] = torch.tensor([30.0, 40.0]) + torch.tensor([[-3, 0], [-1, -1], [1, -1], [3, 0], [1, 1], [-1, 1]])
    points[42:48] = points[36:42] + torch.tensor([distance * 0.6, distance * 0.8])
    return points


def test_distance_between_the_centres_of_the_eyes():
    assert pupil_distance(face(20.0)).item() == pytest.approx(20, rel=1e-5)
    assert pupil_distance(torch.zeros(3, 68, 2)).tolist() == [1, 1, 1]      # no face: not a division by nothing


def test_sums_both_axes_and_averages_points():
    truth = face(20.0)
    predicted = truth.clone()
    predicted[0] += torch.tensor([3.0, -4.0])
    predicted[36] += torch.tensor([0.0, 1.0])           # of the prediction's eyes nothing is measured
    assert landmark_error(predicted, truth).item() == pytest.approx((7 + 1) / 68 / 20, rel=1e-4)
    assert landmark_error(truth, truth) == 0


def test_size_does_not_matter_and_faces_are_independent():
    truth = torch.stack([face(10.0), face(20.0), face(40.0)]).view(3, 1, 68, 2)
    predicted = truth + torch.randn(truth.shape)
    error = landmark_error(predicted, truth)
    assert error.shape == (3, 1)
    torch.testing.assert_close(landmark_error(3 * predicted, 3 * truth), error)
    torch.testing.assert_close(landmark_error(predicted[1], truth[1]), error[1])


def test_gradients():
    truth = face().double()
    predicted = (truth + 1 + torch.rand(68, 2)).requires_grad_()
    assert torch.autograd.gradcheck(lambda predicted: landmark_error(predicted, truth), predicted)
