"""``tools/infer.py`` as a user calls it, with tiny models and videos of a rendered face."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_inference
from load_file import load_file

REPO = Path(__file__).resolve().parents[2]
tool = load_file('tools/infer.py')


@pytest.fixture(scope='module')
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video and its frames, with landmarks, and a tiny model."""
    root = tmp_path_factory.mktemp('infer')
    frames, landmarks = tiny_inference.face()
    tiny_inference.write_video(root / 'face.avi', frames)
    tiny_inference.write_images(root / 'more/face', frames[:9], 5)
    tiny_inference.write_landmarks(root / 'landmarks/face.npz', landmarks)
    tiny_inference.write_trained(root / 'model')
    return root


def call(root: Path, out: Path, *arguments: object) -> int:
    return tool.main([*map(str, arguments), '--checkpoint', str(root / 'model/epoch_1.pth'), '--device', 'cpu',
                      '--out', str(out)])


def refused(root: Path, capsys: pytest.CaptureFixture, *arguments: object) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        call(root, root / 'none', *arguments)
    assert stop.value.code == 2 and not (root / 'none').exists()
    return capsys.readouterr().err.splitlines()[-1]


def test_numbers_and_figures(root, tmp_path, capsys):
    assert call(root, tmp_path, root / 'face.avi', '--landmarks', root / 'landmarks') == tool.OK
    found = json.loads((tmp_path / 'predictions.json').read_text())
    [video] = found['videos']
    assert found['checkpoint'] == 'epoch_1.pth' and found['config'] == 'config.py' and len(found['classes']) == 5
    [clip] = video['clips']
    assert video['figure'] == 'face.png' and cv2.imread(str(tmp_path / 'face.png')).shape[1] > 900
    assert clip['class_name'] == found['classes'][int(np.argmax(clip['scores']))] and len(clip['rank_scores']) == 8
    assert clip['seconds'] == pytest.approx([0, clip['offset'] / tiny_inference.FPS], abs=2e-3)
    out = capsys.readouterr().out
    assert clip['class_name'] in out and 'face.avi' in out and 'precomputed' in out


def test_windows(root, tmp_path, capsys):
    assert call(root, tmp_path, root / 'face.avi', '--landmarks', root / 'landmarks/face.npz', '--window', '0.15s',
                '--stride', '2', '--heads', 'dynamic_image', '--fold-bn', '--no-figures') == tool.OK
    [video] = json.loads((tmp_path / 'predictions.json').read_text())['videos']
    assert video['windows'] and video['figure'] is None and not list(tmp_path.glob('*.png'))
    assert [(clip['onset'], clip['offset']) for clip in video['clips'][:2]] == [(0, 8), (2, 10)]
    assert f'{len(video["clips"])}' in capsys.readouterr().out


def test_a_video_that_fails(root, tmp_path, capsys):
    (tmp_path / 'text.mp4').write_text('no video')
    folder, out = root / 'more/face', tmp_path / 'out'
    assert call(root, out, tmp_path / 'text.mp4', folder, root / 'face.avi', '--landmark-source', 'none') == \
        tool.VIDEOS_LOST == 3
    captured = capsys.readouterr()
    assert captured.err.strip().splitlines()[-1].startswith(f'failed: {tmp_path / "text.mp4"}: Video text.mp4 cannot')
    assert 'failed' in captured.out and captured.out.count('none') == 2
    lost, images, video = json.loads((out / 'predictions.json').read_text())['videos']
    assert lost['error'] and lost['clips'] == [] and lost['figure'] is None
    assert images['clips'][0]['onset'] == 5 and [images['figure'], video['figure']] == ['face.png', 'face-2.png']


def test_where_nothing_succeeds(root, tmp_path, capsys, monkeypatch):
    (tmp_path / 'text.mp4').write_text('no video')
    film = tiny_inference.write_video(tmp_path / 'cut.mp4', tiny_inference.face()[0][:5], 'mp4v')
    film.write_bytes(film.read_bytes()[:2000])                          # its index was at the end
    paths = [tmp_path / 'text.mp4', film, tmp_path / 'lost.mp4']
    quiet = []
    monkeypatch.setattr(tool, 'quiet_decoders', lambda: quiet.append(True))
    capsys.readouterr()
    assert call(root, tmp_path / 'out', *paths, '--landmark-source', 'none') == tool.VIDEOS_LOST
    captured = capsys.readouterr()
    assert captured.out == '' and [line.split(': ')[:2] for line in captured.err.splitlines()] == [
        ['failed', str(path)] for path in paths]
    call(root, tmp_path / 'out', paths[0], '--debug')
    assert quiet == [True]


def test_what_a_user_gets_wrong(root, capsys):
    video = root / 'face.avi'
    assert '--stride moves windows' in refused(root, capsys, video, '--stride', 4)
    assert 'is neither a number of frames' in refused(root, capsys, video, '--window', 'long')
    assert 'exchange them' in refused(root, capsys, video, '--onset', 9, '--offset', 3)
    assert 'no head mood' in refused(root, capsys, video, '--heads', 'mood')
    assert 'lost does not exist' in refused(root, capsys, video, '--landmarks', 'lost')
    assert 'lost.py does not exist' in refused(root, capsys, video, '--config', 'lost.py')
    assert 'has no option' in refused(root, capsys, video, '--landmark-source', 'box', '--landmark-model', 'x.dat')


def test_places_that_are_none(root, tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    for model, out, sentence in (('model/epoch_1.pth', 'file', f'{tmp_path}/file is a file: give a folder with --out.'),
                                 ('model', 'out', 'is a folder: name a file in it; the newest is .*/epoch_1.pth')):
        with pytest.raises(SystemExit) as stop:
            tool.main([str(root / 'face.avi'), '--checkpoint', str(root / model), '--out', str(tmp_path / out)])
        assert stop.value.code == 2 and re.search(sentence, capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ['file']


def test_names_in_the_table():
    assert tool.shortest_names(['a/x.mp4', 'b/y.mp4']) == ['x.mp4', 'y.mp4']
    assert tool.shortest_names(['a/x.mp4', 'b/x.mp4', 'y']) == ['a/x.mp4', 'b/x.mp4', 'y']
    assert tool.shortest_names(['x.mp4', 'x.mp4']) == ['x.mp4', 'x.mp4']


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as stop:
        tool.parse_args(['--help'])
    out = capsys.readouterr().out
    assert stop.value.code == 0 and out.count('python tools/infer.py ') == 5
    for option in ('--landmarks', '--window', '--heads', '--fold-bn', '--on-missing', '--fps', 'exit status'):
        assert option in out
