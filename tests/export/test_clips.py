from __future__ import annotations

import json

import numpy as np
import pytest

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.export.clips import prepared_clips, random_clips

PIPELINE = [dict(type='SampleMEFrames', clip_len=4), dict(type='LoadPackedFrames', with_landmarks=True),
            dict(type='FlowTarget', method='exact'), dict(type='CropFrames', size=30), dict(type='PackMEInputs')]


def test_clips_are_those_of_the_pipeline(prepared):
    clips, short = prepared_clips(prepared, PIPELINE, 4)
    assert clips.shape == (4, 4, 30, 30) and clips.dtype == np.uint8 and short == 0
    first = json.loads((prepared / 'annotations.json').read_text())['data_list'][0]
    frames = np.load(prepared / first['frames'])[[0, 4, 7, 11]]         # of 12, evenly spread
    assert (clips[0] == frames[:, 1:-1, 1:-1]).all()
    assert len(prepared_clips(prepared, PIPELINE, 100)[0]) == 15


def test_short_mes_are_passed_over(prepared, tmp_path):
    strict = [dict(PIPELINE[0], clip_len=20, mode='stride'), *PIPELINE[1:]]
    with pytest.raises(DatasetError, match='None of 2 MEs .* 12 frames'):
        prepared_clips(prepared, strict, 2)
    with pytest.raises(DatasetError, match='does not exist'):
        prepared_clips(tmp_path / 'none', PIPELINE, 2)


def test_random_clips_move_a_little():
    clips = random_clips(2, (3, 8, 8))
    assert clips.shape == (2, 3, 8, 8) and clips.dtype == np.uint8
    assert 0 < np.abs(np.diff(clips.astype(int), axis=1)).max() <= 16 and (clips[0] != clips[1]).any()
