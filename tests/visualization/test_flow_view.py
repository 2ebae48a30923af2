from __future__ import annotations

import numpy as np
import pytest

from fdp_mmaction.functional.optical_flow import dis_flow
from fdp_mmaction.visualization.clip_sources import read_prepared_record
from fdp_mmaction.visualization.flow_view import view_flow


def test_frames_flow_and_landmarks_belong_together(prepared):
    record = read_prepared_record(prepared, 'sub02/EP01_01')
    view = view_flow(record, ('dis', 'tvl1'), 4)
    frames, landmarks = (np.load(record[name]) for name in ('frames_path', 'landmarks_path'))
    chosen = [0, 4, 7, 11]
    assert (view.name, view.label) == ('noise/sub02/EP01_01', 'disgust') and view.frame_ids.tolist() == [10, 14, 17, 21]
    np.testing.assert_array_equal(view.frames, frames[chosen])
    np.testing.assert_array_equal(view.landmarks['true'], landmarks[chosen])
    assert list(view.flows) == ['DIS', 'TV-L1']
    np.testing.assert_allclose(view.flows['DIS'], dis_flow(frames[chosen]), rtol=1e-3, atol=1e-3)
    assert view.flows['TV-L1'].shape == (3, 2, 32, 32)


def test_without_landmarks(prepared):
    view = view_flow({**read_prepared_record(prepared), 'landmarks_path': None}, ('dis',), 2)
    assert view.landmarks == {} and len(view.frames) == 2


def test_unknown_method(prepared):
    with pytest.raises(ValueError, match="tvl1, dis, exact; got 'farneback'"):
        view_flow(read_prepared_record(prepared), ('farneback',))
