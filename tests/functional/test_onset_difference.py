import torch

from fdp_mmaction.functional.onset_difference import with_onset_difference


def test_frames_and_differences():
    clip = torch.rand(2, 3, 4, 5, 6)
    stacked = with_onset_difference(clip, 5.0)
    assert stacked.shape == (2, 6, 4, 5, 6)
    torch.testing.assert_close(stacked[:, :3], clip)
    for t in range(4):
        torch.testing.assert_close(stacked[:, 3:, t], 5 * (clip[:, :, t] - clip[:, :, 0]))
    assert not stacked[:, 3:, 0].any()
