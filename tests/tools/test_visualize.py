"""``tools/visualize.py`` as a user calls it, on small rendered clips."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from load_file import load_file

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.visualization import read_prepared_clip

REPO = Path(__file__).resolve().parents[2]
tool = load_file('tools/visualize.py')


@pytest.fixture(scope='module')
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder of two MEs, and one of them as images and as a video."""
    root = tmp_path_factory.mktemp('rendered')
    prepare_synthetic(SyntheticConfig(1, 2), root / 'prepared', 64, workers=1)
    frames = read_prepared_clip(root / 'prepared').frames      # the first
    (root / 'images').mkdir()
    writer = cv2.VideoWriter(str(root / 'clip.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 30, (64, 64))
    for index, frame in enumerate(frames):
        cv2.imwrite(str(root / f'images/img{index + 1}.png'), frame)
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return root


def call(*arguments: object) -> None:
    tool.main(['dynamic-image', *map(str, arguments)])


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        call(*arguments)
    assert stop.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def scores(folder: Path) -> list[dict]:
    return list(csv.DictReader((folder / 'scores.csv').open()))


def test_prepared_images_and_video_give_the_same(rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    call('--data-root', rendered / 'prepared', '--exact', '--out', tmp_path / 'a')
    names = ['figure.png', 'dynamic_image.png', 'exact_rank_pooling.png', 'scores.csv']
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / 'a' / name) for name in names]
    call('--frames', rendered / 'images', '--out', tmp_path / 'b')
    call('--video', rendered / 'clip.avi', '--colour', '--out', tmp_path / 'c')
    first, second, third = (cv2.imread(str(tmp_path / name / 'dynamic_image.png')) for name in 'abc')
    np.testing.assert_array_equal(first, second)
    assert np.corrcoef(first.ravel(), third.ravel())[0, 1] > 0.6      # JPEG noise and all
    for one, other in zip(scores(tmp_path / 'a'), scores(tmp_path / 'b')):
        assert one['score_dynamic_image'] == other['score_dynamic_image']


def test_parts(rendered: Path, tmp_path: Path) -> None:
    call('--data-root', rendered / 'prepared', '--part', 'onset-apex', '--num-frames', 5, '--weights', 'simple',
         '--out', tmp_path)
    rows = scores(tmp_path)
    assert [float(row['weight_dynamic_image']) for row in rows] == [-4, -2, 0, 2, 4]
    call('--frames', rendered / 'images', '--start', 3, '--end', 20, '--apex', 10, '--part', 'onset-apex', '--out',
         tmp_path)
    assert [int(row['frame']) for row in scores(tmp_path)] == list(range(3, 11))


def test_default_folder(rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call('--frames', rendered / 'images', '--num-frames', 2)
    assert (tmp_path / 'work_dirs/dynamic_image/images/figure.png').is_file()


def test_what_a_user_gets_wrong(rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    data = ('--data-root', rendered / 'prepared')
    assert 'has no sample sub09/EP01; among its 2 are, for example, synthetic/sub01/' in refused(
        capsys, *data, '--sample', 'sub09/EP01')
    assert 'holds grey frames' in refused(capsys, *data, '--colour')
    assert '--sample names a sample of a prepared folder' in refused(capsys, '--video', 'x.mp4', '--sample', 'x')
    assert 'x.mp4 does not exist' in refused(capsys, '--video', 'x.mp4')
    assert '--config goes with --checkpoint' in refused(capsys, *data, '--config', 'x.py')
    assert 'lost.pth does not exist' in refused(capsys, *data, '--checkpoint', 'lost.pth')
    assert 'not a whole number of at least 2' in refused(capsys, *data, '--num-frames', 1)
    assert 'has 1 frame here' in refused(capsys, '--frames', rendered / 'images', '--start', 4, '--end', 4)
    assert 'one of the arguments --data-root --frames --video is required' in refused(capsys)
    monkeypatch.setitem(sys.modules, 'sklearn.svm', None)
    assert 'pip install scikit-learn' in refused(capsys, *data, '--exact')


def test_flow(rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    data = ['--data-root', str(rendered / 'prepared')]
    tool.main(['flow', *data, '--methods', 'exact', 'dis', '--num-frames', '3', '--limit', '0.5'])
    out = Path(capsys.readouterr().out.strip())
    assert out.parent == Path('work_dirs/flow') and out.name.startswith('synthetic_sub01_')
    picture = cv2.imread(str(out))
    assert picture.shape[0] > picture.shape[1] > 400      # five rows of three
    for wrong, sentence in (
            (['--config', 'x.py'], '--config goes with --checkpoint'), (['--methods', 'farneback'], 'invalid choice'),
            (['--checkpoint', 'x.pth', '--num-frames', '4'], "A model's own test pipeline chooses frames and flow"),
            (['--checkpoint', 'x.pth'], 'x.pth does not exist'), (['--sample', 'sub09/x'], 'has no sample'),
            (['--limit', '0'], 'is not a number above 0'), (['--limit', 'nan'], 'is not a number above 0')):
        with pytest.raises(SystemExit) as stop:
            tool.main(['flow', *data, *wrong])
        assert stop.value.code == 2 and sentence in capsys.readouterr().err


def test_help_teaches() -> None:
    command = [sys.executable, REPO / 'tools/visualize.py', 'dynamic-image', '--help']
    env = {**os.environ, 'PYTHONPATH': str(REPO)}
    out = subprocess.run(command, text=True, check=True, capture_output=True, env=env).stdout
    assert out.count('python tools/visualize.py dynamic-image ') == 5
    for option in ('--data-root', '--frames', '--video', '--part', '--exact', '--checkpoint', '--out'):
        assert option in out
