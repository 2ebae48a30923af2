from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fdp_mmaction.datasets.synthetic import EMOTIONS
from fdp_mmaction.demo import examples as module
from fdp_mmaction.demo.examples import examples, render_example, thumbnail, write_example


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'HEIGHT', 60)
    monkeypatch.setattr(module, 'WIDTH', 80)
    monkeypatch.setattr(module, 'STILL', 0.05)


def test_there_is_one_of_each_class_by_different_subjects() -> None:
    assert sorted(example.name for example in examples()) == sorted(EMOTIONS)
    assert len({example.plan.subject for example in examples()}) == len(EMOTIONS)
    assert examples()[0].plan.config.seed != 0      # that of the datasets
    assert thumbnail(examples()[0]).shape == (60, 60, 3)


def test_the_face_rests_before_and_after() -> None:
    example = examples()[0]
    frames, landmarks = render_example(example)
    onset, offset = example.extent
    assert (onset, offset) == (5, 4 + example.plan.num_frames) and len(frames) == len(landmarks) == offset + 6
    assert frames.shape[1:] == (60, 80, 3) and landmarks.shape[1:] == (68, 2)
    np.testing.assert_array_equal(landmarks[:onset], landmarks[onset][None].repeat(onset, 0))
    assert (frames[0] != frames[1]).any()      # noise, as a camera has it
    apex = onset + example.plan.apex_index
    assert np.abs(landmarks[apex] - landmarks[0]).max() > 5 * np.abs(landmarks[1] - landmarks[0]).max()


def test_files_are_written_once(tmp_path: Path) -> None:
    example = examples()[1]
    video, landmarks = write_example(example, tmp_path)
    assert (video.name, landmarks.name) == (f'{example.name}.webm', f'{example.name}.npz')
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(100, abs=0.5)
    decoded = 0
    while capture.grab():
        decoded += 1
    with np.load(landmarks) as archive:
        assert archive['landmarks'].shape == (decoded, 68, 2) and archive['frame_ids'].tolist() == list(range(decoded))
    before = video.stat().st_mtime_ns
    assert write_example(example, tmp_path) == (video, landmarks) and video.stat().st_mtime_ns == before
