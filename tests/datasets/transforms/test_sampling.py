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
