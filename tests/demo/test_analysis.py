from __future__ import annotations

from pathlib import Path

import pytest
from tiny_demo import write_video
from tiny_run import MOL, write_trained

from fdp_mmaction.demo.analysis import MOST_WINDOWS, Question, answer, window_options
from fdp_mmaction.demo.limits import Limits
from fdp_mmaction.errors import DatasetError


def ask(video: Path, checkpoint: Path, **options) -> Question:
    return Question(str(video), str(checkpoint), 'tiny', options.pop('window_seconds', 0.5), Limits(), 'cpu',
                    options.pop('landmark_source', 'none'), **options)


def test_windows_of_long_videos_lie_farther_apart() -> None:
    assert window_options(0.6, 0.5) == {}
    assert window_options(2.0, 0.5) == dict(window_seconds=0.5, stride_seconds=0.0625)
    long = window_options(60, 0.5)
    assert (60 - 0.5) / long['stride_seconds'] <= MOST_WINDOWS + 1


def test_fdp_gives_every_picture_of_it(tmp_path: Path) -> None:
    video, checkpoint = write_video(tmp_path / 'face.avi', frames=36), write_trained(tmp_path / 'run')
    found = answer(ask(video, checkpoint, truth=(4, 20), truth_text='noise'))
    assert found.prediction['source'] == 'face.avi' and found.prediction['windows']
    assert len(found.prediction['clips']) > 5 and found.truth == 'noise' and found.seconds > 0
    assert set(found.pictures) == {'timeline', 'timeline_narrow', 'dynamic_image', 'dynamic_image_by_model', 'cam'}
    assert len(found.faces) == len(found.clip['frames']) == 4
    scores = [max(clip['scores']) for clip in found.prediction['clips']]
    assert scores[found.shown] == max(scores) and not found.chosen
    other = 0 if found.shown else 1
    begin, end = found.prediction['clips'][other]['seconds']
    asked = answer(ask(video, checkpoint, moment=(begin + end) / 2))
    assert asked.shown == other and asked.chosen and asked.pictures['cam'] != found.pictures['cam']


def test_mol_shows_flow_and_landmarks_and_a_short_video_is_one(tmp_path: Path) -> None:
    video, checkpoint = write_video(tmp_path / 'face.avi', frames=12), write_trained(tmp_path / 'run', MOL)
    found = answer(ask(video, checkpoint))
    assert not found.prediction['windows'] and len(found.prediction['clips']) == 1
    assert set(found.pictures) == {'timeline', 'timeline_narrow', 'dynamic_image', 'motion', 'cam'}


def test_errors_tell_no_path_of_the_server(tmp_path: Path) -> None:
    checkpoint = write_trained(tmp_path / 'run')
    with pytest.raises(DatasetError) as caught:
        answer(ask(write_video(tmp_path / 'face.avi', frames=1), checkpoint))
    assert 'face.avi' in str(caught.value) and str(tmp_path) not in str(caught.value)
