from __future__ import annotations

import json

import numpy as np
import pytest

from fdp_mmaction.apis import ClipPrediction, VideoPrediction


def clip(onset: int, offset: int, scores: tuple[float, ...], **fields: object) -> ClipPrediction:
    values = np.array(scores, dtype=np.float32)
    label = int(values.argmax())
    return ClipPrediction(onset, offset, np.array([onset, offset]), label, 'abc'[label], values, **fields)


VIDEO = VideoPrediction(
    'clips/x.mp4', ('a', 'b', 'c'), (clip(4, 8, (0.1, 0.7, 0.2), rank_scores=np.array([0, 1.5], dtype=np.float32)),
                                     clip(6, 8, (0.5, 0.3, 0.2))),
    num_frames=3, fps=50.0, windows=True, frame_ids=np.array([4, 6, 8]), times=np.array([0.08, 0.12, 0.16]),
    aligned=np.arange(3, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(2, 2))


def test_numbers_as_json():
    first, second = json.loads(json.dumps(VIDEO.to_json()))['clips']
    assert first == dict(onset=4, offset=8, frames=[4, 8], label=1, class_name='b', scores=[0.1, 0.7, 0.2], num_clips=1,
                         rank_scores=[0, 1.5], seconds=[0.08, 0.16])
    assert second['seconds'] == [0.12, 0.16] and second['rank_scores'] is None
    failed = VideoPrediction('y.mp4', ('a',), error='It is gone: look for it.').to_json()
    assert failed['error'] == 'It is gone: look for it.' and failed['clips'] == [] and failed['num_frames'] == 0


def test_frames_and_times_by_number():
    assert VIDEO.aligned_frames([8, 4])[:, 0, 0].tolist() == [2, 0]
    assert VIDEO.seconds(6) == 0.12
    assert VIDEO.scores.shape == (2, 3) and VIDEO.clips[0].score == pytest.approx(0.7)
    for numbers in ([5], [9], [3]):
        with pytest.raises(ValueError, match=rf'frame {numbers[0]} was not looked at, only 4 to 8'):
            VIDEO.aligned_frames(numbers)
    failed = VideoPrediction('y.mp4', ('a',), error='It is gone: look for it.')
    assert failed.scores.shape == (0, 1)
    with pytest.raises(ValueError, match='It is gone'):
        failed.aligned_frames([])
