import numpy as np
import pytest

import fdp_mmaction  # noqa: F401
from fdp_mmaction.datasets.transforms import SampleMEFrames
from fdp_mmaction.errors import DatasetError


def sample(num_frames, **options):
    return SampleMEFrames(**options)(dict(num_frames=num_frames, sample_id='x/y/z'))['frame_inds']


@pytest.mark.parametrize('num_frames', [8, 9, 31, 66, 141])
def test_uniform_spans_onset_to_offset_in_order(num_frames):
    indices = sample(num_frames)
    assert len(indices) == 8 and indices[0] == 0 and indices[-1] == num_frames - 1
    steps = np.diff(indices)
    assert steps.min() >= 1 and steps.max() - steps.min() <= 1


@pytest.mark.parametrize('num_frames', [1, 2, 5])
def test_short_mes_repeat_frames_or_are_refused(num_frames):
    indices = sample(num_frames)
    assert len(indices) == 8 and set(indices) == set(range(num_frames)) and (np.diff(indices) >= 0).all()
    for options in (dict(allow_short=False), dict(mode='stride')):
        with pytest.raises(DatasetError, match=f'x/y/z has {num_frames} frames'):
            sample(num_frames, **options)


@pytest.mark.parametrize('num_frames', [8, 15, 16, 66])
def test_stride_is_the_released_rule(num_frames):
    assert sample(num_frames, mode='stride').tolist() == [i * (num_frames // 8) for i in range(8)]


@pytest.mark.parametrize('num_frames, last', [(8, 7), (9, 7), (15, 7), (16, 14), (23, 14), (68, 56), (100, 84)])
def test_released_rule_against_the_reference(num_frames, last):
    """The last of the reference's indices tells the rest; evenly spread frames are others from 9 on."""
    released = sample(num_frames, mode='stride').tolist()
    assert released == np.linspace(0, last, 8).tolist()
    assert (sample(num_frames).tolist() == released) == (num_frames == 8)


RELEASED_OFFSETS = {     # frames of the ME -> clips of the released MOL code
    8: [[0, 1, 2, 3, 4, 5, 6, 7]],
    9: [[0, 1, 2, 3, 4, 5, 6, 7]],
    15: [[0, 1, 2, 3, 4, 5, 6, 7]],
    16: [[0, 2, 4, 6, 8, 10, 12, 14], [1, 3, 5, 7, 9, 11, 13, 15]],
    23: [[0, 2, 4, 6, 8, 10, 12, 14], [1, 3, 5, 7, 9, 11, 13, 15]],
    68: [[0, 8, 16, 24, 32, 40, 48, 56], [1, 9, 17, 25, 33, 41, 49, 57], [2, 10, 18, 26, 34, 42, 50, 58],
         [3, 11, 19, 27, 35, 43, 51, 59], [4, 12, 20, 28, 36, 44, 52, 60], [5, 13, 21, 29, 37, 45, 53, 61],
         [6, 14, 22, 30, 38, 46, 54, 62], [7, 15, 23, 31, 39, 47, 55, 63]],
    100: [[0, 12, 24, 36, 48, 60, 72, 84], [1, 13, 25, 37, 49, 61, 73, 85], [2, 14, 26, 38, 50, 62, 74, 86],
          [3, 15, 27, 39, 51, 63, 75, 87], [4, 16, 28, 40, 52, 64, 76, 88], [5, 17, 29, 41, 53, 65, 77, 89],
          [6, 18, 30, 42, 54, 66, 78, 90], [7, 19, 31, 43, 55, 67, 79, 91], [8, 20, 32, 44, 56, 68, 80, 92],
          [9, 21, 33, 45, 57, 69, 81, 93], [10, 22, 34, 46, 58, 70, 82, 94], [11, 23, 35, 47, 59, 71, 83, 95]],
}


@pytest.mark.parametrize('num_frames', RELEASED_OFFSETS)
def test_all_offsets_against_the_reference(num_frames):
    results = SampleMEFrames(mode='stride', num_clips='all')(dict(num_frames=num_frames, sample_id='x/y/z'))
    expected = RELEASED_OFFSETS[num_frames]
    assert results['frame_inds'].reshape(-1, 8).tolist() == expected
    assert (results['num_clips'], results['clip_len']) == (len(expected), 8)


def test_training_draws_among_all_offsets():
    np.random.seed(0)
    draws = [sample(68, mode='stride', random_offset=True).tolist() for _ in range(200)]
    assert sorted(map(list, set(map(tuple, draws)))) == RELEASED_OFFSETS[68]
    for _ in range(20):      # several clips of one ME are different ones, as long as there are enough
        drawn = sample(68, mode='stride', random_offset=True, num_clips=8).reshape(8, 8)
        assert sorted(drawn.tolist()) == RELEASED_OFFSETS[68]
    assert sample(16, mode='stride', random_offset=True, num_clips=3).shape == (24,)


@pytest.mark.parametrize('num_clips, clips', [(1, 1), (2, 2), ('all', 1)])
def test_short_mes_may_be_strided_over(num_clips, clips):
    indices = sample(5, mode='stride', num_clips=num_clips, allow_short=True).reshape(clips, 8)
    assert set(indices[0]) == set(range(5)) and (np.diff(indices, axis=1) >= 0).all()
    random = sample(5, mode='stride', random_offset=True, allow_short=True)
    assert random.tolist() == sample(5).tolist()


def test_jitter_keeps_order_ends_and_range():
    np.random.seed(0)
    draws = np.stack([sample(60, jitter=1.0) for _ in range(200)])
    assert (draws[:, 0] == 0).all() and (draws[:, -1] == 59).all() and (np.diff(draws, axis=1) >= 0).all()
    assert len(np.unique(draws[:, 3])) > 3


def test_several_clips_differ_and_stay_inside():
    clips = sample(60, num_clips=3).reshape(3, 8)
    assert clips.min() >= 0 and clips.max() <= 59
    assert (np.diff(clips, axis=0)[:, 1:-1] > 0).all()
    assert sample(33, num_clips=4, mode='stride').reshape(4, 8)[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize('apex, expected', [(30, 20), (10, 0), (69, 59)])
def test_sampling_may_end_at_the_apex(apex, expected):
    results = dict(num_frames=60, sample_id='x/y/z', apex=apex, frame_ids=list(range(10, 70)))
    indices = SampleMEFrames(end='apex')(results)['frame_inds']
    assert indices[0] == 0 and indices[-1] == expected and (np.diff(indices) >= 0).all()
    assert SampleMEFrames(clip_len=1, end='apex')(results)['frame_inds'].tolist() == [expected]


def test_apex_is_found_among_frames_with_gaps():
    results = dict(num_frames=4, sample_id='x/y/z', apex=17, frame_ids=[10, 12, 17, 30])
    assert SampleMEFrames(clip_len=1, end='apex')(results)['frame_inds'].tolist() == [2]


def test_unknown_mode():
    with pytest.raises(ValueError, match='offset or apex'):
        SampleMEFrames(end='onset')
    with pytest.raises(ValueError, match='uniform, stride'):
        SampleMEFrames(mode='random')
    for wrong in (dict(num_clips='all'), dict(num_clips='every', mode='stride')):
        with pytest.raises(ValueError, match="takes a number of clips, or 'all' with mode='stride'"):
            SampleMEFrames(**wrong)
    for wrong in (dict(), dict(mode='stride', num_clips='all')):
        with pytest.raises(ValueError, match="draws offsets at random with mode='stride' and a number of clips"):
            SampleMEFrames(random_offset=True, **wrong)
