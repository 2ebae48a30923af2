"""The commands that explain data and models, as a user calls them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from load_file import load_file

REPO = Path(__file__).resolve().parents[3]
tool = load_file('tools/visualize.py')


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Runs a command in a folder of its own; gives the files that it says it wrote, or the last line of its error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, fails: bool = False) -> list[Path] | str:
        capsys.readouterr()
        if not fails:
            tool.main(list(map(str, arguments)))
            return [Path(line) for line in capsys.readouterr().out.splitlines()]
        with pytest.raises(SystemExit) as stop:
            tool.main(list(map(str, arguments)))
        assert stop.value.code == 2
        return capsys.readouterr().err.splitlines()[-1]
    return run


def test_cam(call, prepared, trained) -> None:
    common = ('cam', '--data-root', prepared, '--checkpoint', trained())
    assert call(*common) == [Path('work_dirs/cam/noise_sub01_EP00_01.png')]
    [path] = call(*common, '--sample', 'sub02/EP01_01', '--target-class', 'surprise', '--layer', 'neck.lift',
                  '--method', 'grad-cam', '--out', 'a/b.pdf')
    assert path.read_bytes().startswith(b'%PDF')
    assert 'these do: backbone.stem.0.conv' in call(*common, '--layer', 'head', fails=True)
    assert 'joy is no class' in call(*common, '--target-class', 'joy', fails=True)
    assert 'a.jpg does not end in .png, .pdf or .svg' in call(*common, '--out', 'a.jpg', fails=True)


def test_features(call, prepared, trained, monkeypatch) -> None:
    pytest.importorskip('sklearn', reason='representations are laid out by scikit-learn')
    checkpoint = trained(more='test_dataloader["dataset"]["test_subject"] = "sub02"')
    common = ('features', '--data-root', prepared, '--checkpoint', checkpoint)
    assert call(*common) == [Path('work_dirs/features/run_epoch_2.png')]
    [path] = call(*common, '--left-out', '--at', 'hidden', '--by', 'subject', '--method', 't-sne', '--perplexity', 2,
                  '--out', 'a.svg')
    assert b'5 MEs by t-SNE (perplexity 2)' in path.read_bytes() and b'sub02 (5)' in path.read_bytes()
    assert 'has no subject sub9; it has sub01, sub02, sub03' in call(*common, '--subjects', 'sub9', fails=True)
    monkeypatch.setitem(sys.modules, 'sklearn.manifold', None)
    assert 'pip install fdp-mmaction[explain]' in call(*common, fails=True)


def test_nobody_left_out(call, prepared, trained) -> None:
    assert 'leaves no subject out: name some by --subjects' in call(
        'features', '--data-root', prepared, '--checkpoint', trained(), '--left-out', fails=True)


def test_landmarks(call, prepared, trained) -> None:
    common = ('landmarks', '--data-root', prepared)
    assert call(*common, '--num-frames', 3) == [Path('work_dirs/landmarks/noise_sub01_EP00_01.png')]
    assert '--config goes with --checkpoint' in call(*common, '--config', 'x.py', fails=True)
    assert 'finds no landmarks' in call(*common, '--checkpoint', trained(), fails=True)
    assert 'leave --num-frames out' in call(*common, '--checkpoint', 'x.pth', '--num-frames', 3, fails=True)


def test_regions(call, prepared) -> None:
    figure, table = call('regions', '--data-root', prepared, '--method', 'dis', '--last', 20, '--out', 'r.svg')
    assert b'frame 10 to 20' in figure.read_bytes() and len(table.read_text().splitlines()) == 18


def test_dataset(call, prepared) -> None:
    common = ('dataset', '--data-root', prepared)
    for what in ('overview', 'means', 'apexes'):
        assert call(*common, '--show', what) == [Path(f'work_dirs/dataset/prepared_{what}.png')]
    assert "holds the dataset 'noise'" in call(*common, '--protocol', '3-class', fails=True)


def test_errors(call, prepared, tmp_path) -> None:
    table = tmp_path / 'sub02/report/predictions.csv'
    table.parent.mkdir(parents=True)
    table.write_text('sample_id,subject,label,prediction,score_a,score_b\nnoise/sub02/EP01_01,sub02,a,b,0.2,0.8\n')
    common = ('errors', '--run', tmp_path / 'sub02')
    [path] = call(*common, '--data-root', prepared, '--out', 'e.svg')
    text = path.read_bytes().decode()
    assert 'a → b, 0.80 to 0.20 (AU 4)' in text and '1 of 1 errors among 1 MEs' in text
    assert 'does not tell where the prepared folder is' in call(*common, fails=True)
    table.write_text(table.read_text().replace('0.2,0.8', '0.8,0.2'))
    assert 'are right, so there is no error to show' in call(*common, '--data-root', prepared, fails=True)
