from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.apis.window_plan import WindowPlan
from fdp_mmaction.errors import DatasetError


def test_in_frames_and_in_seconds():
    starts, length = WindowPlan(8, 3).starts(20, None, 'v')
    assert length == 8
    np.testing.assert_array_equal(starts, [0, 3, 6, 9, 12])
    again, length = WindowPlan(window_seconds=0.16, stride_seconds=0.06).starts(20, 50.0, 'v')
    assert length == 8
    np.testing.assert_array_equal(again, starts)
    starts, length = WindowPlan(window_seconds=0.16).starts(20, 50.0, 'v')      # a quarter of a window
    np.testing.assert_array_equal(starts, range(0, 13, 2))
    assert WindowPlan(20, 50).starts(20, None, 'v')[0].tolist() == [0]


@pytest.mark.parametrize(('lengths', 'sentence'), [
    (dict(window=8, window_seconds=1.0), 'The window is given in frames and in seconds'),
    (dict(window=0), 'The window is a number above 0; got 0'),
    (dict(window=8, stride_seconds=-1.0), 'The stride is a number above 0'),
    (dict(window_seconds=float('nan')), 'The window is a number above 0'),
    (dict(stride=4), 'A stride needs windows')])
def test_what_contradicts_itself(lengths, sentence):
    with pytest.raises(DatasetError, match=sentence):
        WindowPlan(**lengths)


def test_what_a_video_does_not_allow():
    with pytest.raises(DatasetError, match='v has 7 frames here, fewer than a window of 8'):
        WindowPlan(8).starts(7, None, 'v')
    with pytest.raises(DatasetError, match='v does not tell its frames per second'):
        WindowPlan(window_seconds=1.0).starts(70, None, 'v')
