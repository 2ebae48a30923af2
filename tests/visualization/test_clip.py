import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.visualization import Clip


@pytest.fixture
def clip():
    frames = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), dtype=np.uint8)
    return Clip('a/b', frames, np.array([10, 11, 12, 14, 15, 16]), apex=14)


@pytest.mark.parametrize(('apex', 'index'), [(10, 0), (13, 3), (14, 3), (16, 5), (99, 5), (None, None)])
def test_apex_index(clip, apex, index):
    assert Clip('a', clip.frames, clip.frame_ids, apex).apex_index == index


def test_between_and_part(clip):
    part = clip.between(11, 15)
    assert part.frame_ids.tolist() == [11, 12, 14, 15] and part.frames[:, 0, 0].tolist() == [1, 2, 3, 4]
    assert part.apex == 14 and clip.between(end=12).apex is None
    assert clip.part('onset-apex').frame_ids.tolist() == [10, 11, 12, 14]
    assert clip.part('whole') is clip and clip.between() is clip
    assert clip.with_apex(12).part('onset-apex').frame_ids.tolist() == [10, 11, 12]
    missing = Clip('a', clip.frames, clip.frame_ids, apex=13)      # the frame after it stands in
    assert missing.part('onset-apex').frame_ids[-1] == 14


@pytest.mark.parametrize(('change', 'sentence'), [
    (lambda clip: clip.between(12, 13), 'a/b has frames 10 to 16, of which 1 lie between 12 and 13'),
    (lambda clip: clip.with_apex(9), 'so 9 cannot be its apex'),
    (lambda clip: clip.between(end=12).part('onset-apex'), 'The apex of a/b is not known'),
    (lambda clip: Clip('a/b', clip.frames[:1], clip.frame_ids[:1]), 'a/b has 1 frame here'),
    (lambda clip: Clip('a/b', clip.frames, clip.frame_ids[:4]), 'a/b has 6 frames but 4 frame numbers'),
])
def test_what_cannot_be(clip, change, sentence):
    with pytest.raises(DatasetError, match=sentence):
        change(clip)
