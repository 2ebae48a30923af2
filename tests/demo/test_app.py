"""The page by its programming interface, without a browser."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from demo_server import start
from tiny_demo import CLASSES, write_video

pytest.importorskip('gradio', reason='the page needs gradio')
gradio_client = pytest.importorskip('gradio_client', reason='comes with gradio')
httpx = pytest.importorskip('httpx', reason='comes with gradio')

MESSAGE, SUMMARY, JSON = 0, 1, -2
"""Positions of outputs; the last one is the player."""


@pytest.fixture(scope='module')
def client(server):
    return gradio_client.Client(server.url, verbose=False)


def analyse(client, video: Path, model: str | None, seconds: float = 0.5,
            moment: float | None = None) -> list:
    """Contents of all parts of the page."""
    parts = client.predict(gradio_client.handle_file(str(video)), model, seconds, moment, api_name='/analyse')
    return [part.get('value') if isinstance(part, dict) and part.get('__type__') == 'update' else part
            for part in parts]


def test_a_video_is_answered_and_deleted(server, client, tmp_path: Path) -> None:
    video = write_video(tmp_path / 'face.avi', frames=36)
    answer = analyse(client, video, 'fdp')
    assert 'deleted from this server' in answer[MESSAGE] and 'class="me-class"' in answer[SUMMARY]
    assert 'href="data:application/json;base64,' in answer[SUMMARY]
    result = answer[JSON]
    assert result['source'] == 'face.avi' and result['classes'] == list(CLASSES) and result['model'] == 'fdp'
    assert len(result['clips']) > 5 and 'what a person thinks' in result['notice']
    assert 'Strongest of' in answer[SUMMARY] and not server.uploads()
    assert 'as asked: 0.00 to' in analyse(client, video, 'fdp', moment=0)[SUMMARY]


def test_what_cannot_be_read_is_a_sentence(server, client, tmp_path: Path) -> None:
    path = tmp_path / 'notes.mp4'
    path.write_text('not a video')
    answer = analyse(client, path, 'mol')
    assert 'role="alert"' in answer[MESSAGE] and 'notes.mp4 is no video that can be read here' in answer[MESSAGE]
    path = tmp_path / 'broken.avi'
    path.write_bytes(write_video(tmp_path / 'face.avi').read_bytes()[:3000])
    assert 'role="alert"' in analyse(client, path, 'mol')[MESSAGE]
    assert str(server.temporary) not in answer[MESSAGE] and not server.uploads()


def test_large_uploads_are_refused_by_the_server(server) -> None:
    answer = httpx.post(f'{server.url}/gradio_api/upload', files={'files': ('large.mp4', bytes(3_000_000))}, timeout=60)
    assert answer.status_code == 413 and not server.uploads()
    answer = httpx.post(f'{server.url}/gradio_api/upload', files={'files': ('small.mp4', bytes(1_000))}, timeout=60)
    [path] = server.uploads()
    assert answer.json() == [str(path)]      # so the route is the right one
    path.unlink()


def test_files_of_the_machine_cannot_be_fetched(server, client) -> None:
    for path in ('/etc/hostname', str(server.temporary.parent / 'fdp/epoch_2.pth'), str(server.temporary)):
        assert httpx.get(f'{server.url}/gradio_api/file={path}').status_code in (403, 404)


def test_it_ends_without_leaving_a_file(tmp_path: Path) -> None:
    running = start(tmp_path)
    client = gradio_client.Client(running.url, verbose=False)
    answer = analyse(client, write_video(tmp_path / 'face.avi'), None)
    assert 'make quickstart' in answer[MESSAGE] and not running.uploads()
    assert any(running.temporary.iterdir())
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    assert not any(running.temporary.iterdir())
