from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.export.check import check, compare


def test_differences_are_absolute_and_relative_to_the_largest_value():
    expected = dict(flow=np.array([[1.0, -4.0]]), class_scores=np.array([[0.5]]))
    found = dict(flow=np.array([[1.5, -4.0]]), class_scores=np.array([[0.5]]))
    flow, scores = compare(found, expected)
    assert (flow.output, flow.absolute, flow.relative) == ('flow', 0.5, 0.125) and scores.absolute == 0
    assert flow.typical == 0.0625       # the median of 0.5 and 0, in units of 4


@pytest.mark.parametrize('found', [{}, dict(a=np.zeros((1, 3))), dict(a=np.array([[np.nan, 0]]))])
def test_what_cannot_be_compared_is_infinitely_far(found):
    assert compare(found, dict(a=np.zeros((1, 2))))[0].relative == float('inf')


def test_the_worst_batch_counts():
    found = check(lambda clips: dict(a=clips + clips[0, 0]), lambda clips: dict(a=clips),
                  [np.array([[value, 10.0]]) for value in (1.0, 3.0, 2.0)])
    assert [(d.output, d.absolute, round(d.relative, 3)) for d in found] == [('a', 3.0, 0.3)]


def test_typical_is_what_most_clips_are():
    def wrong_here_and_there(clips):
        found = clips.copy()
        found[0, :3] += 1           # places of one clip
        found[:, 0] += 1            # one place of every clip
        return dict(a=found)
    [found] = check(wrong_here_and_there, lambda clips: dict(a=clips), [np.ones((3, 4)), np.ones((2, 4))])
    assert found.absolute == 2 and found.typical == 0
