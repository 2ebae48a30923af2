import torch

from fdp_mmaction.functional.frame_pairs import frame_pairs


def test_each_inner_frame_is_second_then_first():
    maps = torch.arange(4.0).view(1, 1, 4, 1, 1)
    first, second = frame_pairs(maps)
    assert first.flatten().tolist() == [0, 1, 2] and second.flatten().tolist() == [1, 2, 3]


def test_maps_of_pairs_alternate():
    maps = torch.arange(6.0).view(1, 1, 6, 1, 1)
    first, second = frame_pairs(maps, paired=True)
    assert first.flatten().tolist() == [0, 2, 4] and second.flatten().tolist() == [1, 3, 5]


def test_two_frames_are_one_pair_either_way():
    maps = torch.rand(2, 3, 2, 4, 4)
    assert all(torch.equal(a, b) for a, b in zip(frame_pairs(maps), frame_pairs(maps, paired=True)))
