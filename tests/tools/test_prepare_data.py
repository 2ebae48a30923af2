from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from load_file import load_file
from mini_casme2 import HEADER, ROWS, write_mini_casme2, write_sheet
from mini_parts import write_parts

TOOL = Path(__file__).parents[2] / 'tools/prepare_data.py'


@pytest.fixture(scope='module')
def tool():
    return load_file(TOOL)


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme2(tmp_path_factory.mktemp('CASME2'))


def _casme2(root: Path, out: Path, *more: str) -> list[str]:
    return ['casme2', '--root', str(root), '--out', str(out), '--size', '24', '--workers', '1', *more]


def test_lost_clips_show_in_the_exit_status(tool, release, tmp_path, capsys):
    arguments = _casme2(release, tmp_path / 'out', '--landmarks', str(release / 'landmarks'))
    assert tool.main(arguments) == tool.CLIPS_LOST
    captured = capsys.readouterr()
    assert 'left out: row 6 (sub02/EP03_2): there is no folder' in captured.out
    assert "erratum: sub04/EP12_01f: apex '/' -> 279" in captured.out
    assert 'census: 8 samples found, expected 255.' in captured.out
    assert 'without a row in the sheet: sub03/EP99' in captured.out
    assert '5 rows or clips were lost, and the census is not that of the release: mend this' in captured.err
    assert tool.main([*arguments, '--allow-missing']) == tool.OK
    captured = capsys.readouterr()
    assert '8 clips were already done.' in captured.out and '(allowed)' in captured.err


def test_a_census_that_contradicts_the_release_shows_in_the_exit_status(tool, release, tmp_path, capsys):
    root = Path(shutil.copytree(release, tmp_path / 'root'))
    write_sheet(root / 'CASME2-coding-20140508.xlsx', [ROWS[0].cells()])
    arguments = _casme2(root, tmp_path / 'out', '--landmarks', str(root / 'landmarks'))
    assert tool.main(arguments) == tool.CLIPS_LOST
    error = capsys.readouterr().err
    assert error.startswith('the census is not that of the release') and 'lost' not in error
    assert tool.main([*arguments, '--allow-missing']) == tool.OK


def test_census_without_preparing(tool, release, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    before = sorted(release.rglob('*'))
    assert tool.main(['census', 'casme2', '--root', str(release)]) == tool.CLIPS_LOST
    captured = capsys.readouterr()
    assert 'casme2: 8 samples of 5 subjects' in captured.out and 'prepared' not in captured.out
    assert 'protocol 3-class: 5 samples of 4 subjects' in captured.out
    assert '│ negative │     3 │       90 │' in captured.out
    assert '│ sub17   │     0 │       34 │' in captured.out        # of 5-class, by subject
    assert tool.main(['census', 'casme2', '--root', str(release), '--no-errata', '--allow-missing']) == tool.OK
    assert 'casme2: 9 samples' in capsys.readouterr().out
    assert sorted(release.rglob('*')) == before
    assert tool.main(['census', 'smic', '--root', str(tmp_path)]) == tool.USER_ERROR
    assert 'SMIC' in capsys.readouterr().err


def test_flow_beforehand(tool, tmp_path, capsys):
    arguments = ['synthetic', '--subjects', '1', '--clips', '2', '--size', '24', '--workers', '1', '--out',
                 str(tmp_path / 'out')]
    assert tool.main([*arguments, '--flow', 'dis']) == tool.OK
    assert 'optical flow: 2 clips' in capsys.readouterr().out
    kept = sorted((tmp_path / 'out/clips').rglob('*.flow/dis/*.npy'))
    assert len(kept) == 14                                   # 7 pairs of 8 sampled frames
    assert tool.main([*arguments, '--flow', 'exact']) == tool.OK
    assert len(list((tmp_path / 'out/clips').rglob('*.flow/exact/*.npy'))) == 14
    with pytest.raises(SystemExit):      # known of synthetic clips only
        tool.main(['casme2', '--root', str(tmp_path), '--out', str(tmp_path / 'other'), '--flow', 'exact'])
    assert tool.main([*arguments, '--flow', 'dis', '--flow-clip-len', '1']) == tool.USER_ERROR
    assert 'at least 2 frames' in capsys.readouterr().err


def test_your_own_clips(tool, release, tmp_path, capsys):
    folder = release / 'CASME2_RAW_selected/CASME2_RAW_selected'
    table = tmp_path / 'clips.csv'
    table.write_text(f'path,subject,label\n{folder / "sub01/EP02_01f"},a,smile\n{folder / "sub02/EP03_1"},b,frown\n'
                     'nowhere,b,frown\n')
    arguments = ['custom', '--root', str(table), '--out', str(tmp_path / 'out'), '--landmark-source', 'none',
                 '--size', '24', '--workers', '1', '--dataset-name', 'own']
    assert tool.main(arguments) == tool.CLIPS_LOST
    captured = capsys.readouterr()
    assert 'own: 2 samples of 2 subjects' in captured.out and 'nowhere' in captured.out
    assert 'census' not in captured.out + captured.err


def test_composite_of_prepared_folders(tool, tmp_path, capsys):
    parts = write_parts(tmp_path)
    arguments = ['composite', *(f'--{name}={path}' for name, path in parts.items()), '--out', str(tmp_path / 'out')]
    assert tool.main(arguments) == tool.CLIPS_LOST
    assert 'census:' in capsys.readouterr().out
    assert tool.main([*arguments, '--allow-missing']) == tool.OK
    account = json.loads((tmp_path / 'out/preparation.json').read_text())
    assert account['complete'] and set(account['parts']) == set(parts)


def test_options_reach_the_preparation(tool, release, tmp_path):
    tool.main(_casme2(release, tmp_path / 'out', '--landmarks', str(release / 'landmarks'), '--align', 'frame',
                      '--no-errata', '--layout', 'raw_selected'))
    account = json.loads((tmp_path / 'out/preparation.json').read_text())
    assert account['errata_applied'] == [] and account['census']['samples'] == 9
    assert account['identity']['settings']['align'] == 'frame' and account['identity']['settings']['size'] == 24
    assert tool.main(_casme2(release, tmp_path / 'out', '--landmarks', str(release / 'landmarks'),
                             '--fresh', '--allow-missing')) == tool.OK
    assert json.loads((tmp_path / 'out/preparation.json').read_text())['identity']['errata'] is True


def _no_column(root):
    write_sheet(root / 'CASME2-coding-20140508.xlsx', [], HEADER[:5] + HEADER[6:])


def _no_clips(root):
    shutil.rmtree(root / 'CASME2_RAW_selected')


@pytest.mark.parametrize('harm, more, message', [
    (_no_column, (), "CASME2-coding-20140508.xlsx has no column 'OffsetFrame' (columns found: Subject, Filename, "),
    (_no_clips, (), 'No clip folders subNN/<clip> in'),
    (lambda root: shutil.rmtree(root / 'landmarks'), (), 'landmarks does not exist'),
    (shutil.rmtree, (), 'does not exist'),
    (lambda root: (shutil.rmtree(root), root.mkdir(), (root / 'landmarks').mkdir()), (), 'No coding sheet in'),
    (None, ('--layout', 'cropped'), "No frames of layout 'cropped'"),
    (None, ('--landmark-source', 'none'), '--landmarks does not go with --landmark-source none'),
    (None, ('--size', '3'), 'Size 3 is out of range'),
    (None, ('--workers', '0'), 'workers must be at least 1'),
])
def test_wrong_input_is_one_sentence(tool, release, tmp_path, capsys, harm, more, message):
    root = Path(shutil.copytree(release, tmp_path / 'root'))
    if harm is not None:
        harm(root)
    assert tool.main(_casme2(root, tmp_path / 'out', '--landmarks', str(root / 'landmarks'), *more)) == tool.USER_ERROR
    captured = capsys.readouterr()
    assert captured.out == '' and captured.err.count('\n') == 1 and message in captured.err
    assert not (tmp_path / 'out').exists()


def test_landmarks_must_come_from_somewhere(tool, release, tmp_path, capsys):
    assert tool.main(_casme2(release, tmp_path / 'out')) == tool.USER_ERROR
    assert 'give --landmarks DIR, or --landmark-source none' in capsys.readouterr().err


def test_landmark_options_reach_the_preparation(tool, release, tmp_path):
    root = Path(shutil.copytree(release, tmp_path / 'root'))
    path = root / 'landmarks/sub01/EP02_01f.npz'
    with np.load(path) as archive:
        landmarks, frame_ids = archive['landmarks'].copy(), archive['frame_ids']
    landmarks[2] = np.nan
    np.savez(path, landmarks=landmarks, frame_ids=frame_ids)
    arguments = _casme2(root, tmp_path / 'out', '--landmarks', str(root / 'landmarks'), '--on-missing', 'previous',
                        '--smooth-landmarks', '5', '--allow-missing')
    assert tool.main([*arguments, '--max-fallbacks', '0.1']) == tool.USER_ERROR
    assert tool.main([*arguments, '--max-fallbacks', '0.2']) == tool.OK
    account = json.loads((tmp_path / 'out/preparation.json').read_text())
    assert account['identity']['settings']['landmark_options'] == {
        'folder': 'landmarks', 'on_missing': 'previous', 'smooth': 5}
    assert account['faces']['kinds'] == {'previous': {'clips': 1, 'frames': 1}}


@pytest.mark.parametrize('more, message', [
    (('--landmark-source', 'box', '--landmark-model', 'x'), '--landmark-model does not go with --landmark-source box'),
    (('--landmark-source', 'none', '--landmarks-per', 'onset'), '--landmarks-per does not go with --landmark-source'),
    (('--landmark-source', 'openface'), 'give --landmarks DIR'),
    (('--landmark-source', 'openface', '--landmarks', 'nowhere'), 'folder that holds <subject>/<clip>.csv of OpenFace'),
    (('--openface-counter', 'clip', '--landmarks', '.'), '--openface-counter does not go with --landmark-source prec'),
    (('--landmarks', '.', '--smooth-landmarks', '4'), 'Smoothing needs an odd number of frames'),
    (('--landmarks', '.', '--max-fallbacks', '2'), 'must lie within 0..1'),
    (('--landmark-source', 'dlib'), 'dlib'),
])
def test_wrong_landmark_options_are_one_sentence(tool, release, tmp_path, capsys, more, message):
    assert tool.main(_casme2(release, tmp_path / 'out', *more)) == tool.USER_ERROR
    captured = capsys.readouterr()
    assert captured.out == '' and captured.err.count('\n') == 1 and message in captured.err
    assert not (tmp_path / 'out').exists()


def test_synthetic_images_by_a_detector(tool, release, tmp_path):
    root = Path(shutil.copytree(release, tmp_path / 'root'))
    (root / 'synthetic.json').write_text('{"fps": 100}')
    assert tool.main(['synthetic', '--root', str(root), '--out', str(tmp_path / 'out'), '--size', '24', '--workers',
                      '1', '--landmark-source', 'box', '--on-missing', 'center_crop', '--max-fallbacks', '1',
                      '--allow-missing']) == tool.OK
    account = json.loads((tmp_path / 'out/preparation.json').read_text())
    assert account['identity']['settings']['landmark_source'] == 'box' and account['faces']['share'] == 1.0


def test_output_that_is_not_ours(tool, release, capsys):
    arguments = _casme2(release, release, '--landmarks', str(release / 'landmarks'), '--fresh')
    assert tool.main(arguments) == tool.USER_ERROR
    assert 'was not made by this tool' in capsys.readouterr().err
    assert (release / 'landmarks').is_dir()


def test_interrupt(tool, release, tmp_path, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, 'prepare_release', interrupt)
    arguments = _casme2(release, tmp_path / 'out', '--landmarks', str(release / 'landmarks'))
    assert tool.main(arguments) == tool.INTERRUPTED
    assert 'continues where this one stopped' in capsys.readouterr().err


def test_synthetic_by_both_routes(tool, release, tmp_path, capsys):
    out = tmp_path / 'direct'
    assert tool.main(['synthetic', '--out', str(out), '--subjects', '1', '--clips', '1', '--size', '16',
                      '--workers', '1']) == tool.OK
    assert len(json.loads((out / 'annotations.json').read_text())['data_list']) == 1
    root, out = Path(shutil.copytree(release, tmp_path / 'root')), tmp_path / 'release'
    (root / 'synthetic.json').write_text('{"fps": 100}')
    assert tool.main(['synthetic', '--root', str(root), '--out', str(out), '--size', '24', '--workers', '1',
                      '--allow-missing']) == tool.OK
    account = json.loads((out / 'preparation.json').read_text())
    assert account['identity']['dataset'] == 'synthetic' and account['census']['expected'] is None
    assert account['errata_applied'] == []
    assert json.loads((out / 'annotations.json').read_text())['metainfo']['fps'] == 100
    assert tool.main(['synthetic', '--root', str(release), '--out', str(tmp_path / 'no')]) == tool.USER_ERROR
    assert 'expected' not in capsys.readouterr().out


def test_help_teaches(tool, capsys):
    for arguments in (['--help'], ['casme2', '--help'], ['synthetic', '--help']):
        with pytest.raises(SystemExit) as exit_:
            tool.main(arguments)
        assert exit_.value.code == 0
        assert 'examples:' in capsys.readouterr().out


def test_as_a_program(tmp_path):
    done = subprocess.run([sys.executable, str(TOOL), *_casme2(tmp_path / 'nowhere', tmp_path / 'out')],
                          capture_output=True, text=True, cwd=TOOL.parents[1], env={**_environment()})
    assert done.returncode == 2 and done.stdout == '' and 'Traceback' not in done.stderr
    assert 'Landmarks are needed' in done.stderr


def _environment() -> dict[str, str]:
    import os
    return {**os.environ, 'PYTHONPATH': str(TOOL.parents[1])}
