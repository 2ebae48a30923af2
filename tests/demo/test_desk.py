from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_calls import describe
from tiny_demo import write_video

from fdp_mmaction.demo import desk as module
from fdp_mmaction.demo.checkpoints import NO_CHECKPOINT
from fdp_mmaction.demo.desk import Desk, Settings
from fdp_mmaction.demo.examples import examples
from fdp_mmaction.demo.limits import Limits
from fdp_mmaction.demo.private_folder import PrivateFolder
from fdp_mmaction.demo.worker import WorkError
from fdp_mmaction.errors import DatasetError


class HereWorker:
    """Calls at once, in this process."""

    def __init__(self, function, sentences: tuple, seconds: float) -> None:
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def close(self) -> None:
        pass


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(module, 'Worker', HereWorker)
    made = Desk({'small': Path('small.pth')}, PrivateFolder(tmp_path), Settings(Limits(megabytes=0.1)), describe)
    yield made
    made.close()


def upload(desk: Desk, name: str = 'face.avi', frames: int = 3) -> Path:
    folder = desk.folder.sub('uploads')
    return write_video(folder / name, frames=frames)


def test_an_upload_is_deleted_after_its_answer(desk: Desk) -> None:
    video = upload(desk)
    question, there = desk.ask(str(video), None, 'small', 0.4)
    assert there and not video.exists()
    assert (question.video, question.checkpoint, question.window_seconds) == (str(video), 'small.pth', 0.4)
    assert question.truth is question.moment is None and question.landmarks is None


@pytest.mark.parametrize('model, seconds, error, match', [
    ('other', 0.5, WorkError, 'Choose a model first'), ('small', -1, ValueError, 'failed')])
def test_also_where_there_is_no_answer(desk: Desk, model: str, seconds: float, error: type, match: str) -> None:
    video = upload(desk)
    with pytest.raises(error, match=match):
        desk.ask(str(video), None, model, seconds)
    assert not video.exists()


def test_what_is_no_video_or_too_large_is_refused_and_deleted(desk: Desk) -> None:
    path = desk.folder.sub('uploads') / 'notes.mp4'
    path.write_text('#EXTM3U')
    with pytest.raises(DatasetError, match='notes.mp4 is no video'):
        desk.ask(str(path), None, 'small', 0.5)
    large = upload(desk, 'large.avi', frames=200)
    with pytest.raises(DatasetError, match='the limit is 0.1 MB'):
        desk.ask(str(large), None, 'small', 0.5)
    assert not path.exists() and not large.exists()
    with pytest.raises(WorkError, match='Choose a video or an example first'):
        desk.ask(None, None, 'small', 0.5)


def test_without_a_model_it_says_how_to_get_one(desk: Desk) -> None:
    desk.models.clear()
    with pytest.raises(WorkError) as caught:
        desk.ask(None, examples()[0], None, 0.5)
    assert str(caught.value) == NO_CHECKPOINT and 'make quickstart' in NO_CHECKPOINT


def test_examples_bring_their_landmarks_and_truth_and_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    example = examples()[0]

    def write(wanted, folder):
        for ending in ('webm', 'npz'):
            (folder / f'{wanted.name}.{ending}').write_text('')
        return folder / f'{wanted.name}.webm', folder / f'{wanted.name}.npz'

    monkeypatch.setattr(module, 'write_example', write)
    question, there = desk.ask('/an/old/upload.mp4', example, 'small', 0.5)
    assert there and Path(question.video).exists() and question.landmarks == str(Path(question.video).parent)
    assert question.truth == example.extent and example.name in question.truth_text


def test_closing_deletes_all(desk: Desk) -> None:
    upload(desk)
    desk.close()
    assert not desk.folder.path.exists()
