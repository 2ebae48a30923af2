from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from mini_casme2 import GOOD, write_mini_casme2

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers import CASME2
from fdp_mmaction.errors import DatasetError, FaceError

SIZE = 24


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme2(tmp_path_factory.mktemp('CASME2'))


@pytest.fixture
def copy(release, tmp_path) -> Path:
    return Path(shutil.copytree(release, tmp_path / release.name))


def prepare(root: Path, out: Path, **options):
    settings = PreparationSettings(size=SIZE, align=options.pop('align', 'onset'),
                                   landmark_options={'folder': str(root / 'landmarks')})
    return prepare_release(CASME2, root, out, settings, **options)


def digest(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob('*')) if path.is_file()}


@pytest.fixture(scope='module')
def whole(release, tmp_path_factory) -> Path:
    """An undisturbed preparation in one process."""
    out = tmp_path_factory.mktemp('whole') / 'casme2'
    prepare(release, out)
    return out


def test_prepared_folder(release, whole):
    annotations = json.loads((whole / 'annotations.json').read_text())
    assert annotations['metainfo'] == {'dataset': 'casme2', 'fps': 200, 'align': 'onset', 'image_size': SIZE,
                                       'frames': 'gray', 'format': 1}
    assert [f'{r["subject"]}/{r["clip"]}' for r in annotations['data_list']] == list(GOOD)
    assert annotations['data_list'][0] == {
        'sample_id': 'casme2/sub01/EP02_01f', 'dataset': 'casme2', 'subject': 'sub01', 'clip': 'EP02_01f',
        'emotion': 'happiness', 'onset': 46, 'apex': 50, 'offset': 53, 'apex_source': 'sheet', 'num_frames': 8,
        'frame_ids': list(range(46, 54)), 'action_units': ['4', 'L7'], 'objective_class': 1,
        'frames': 'clips/sub01/EP02_01f.npy', 'landmarks': 'clips/sub01/EP02_01f.landmarks.npy'}
    for record in annotations['data_list']:
        frames = np.load(whole / record['frames'], mmap_mode='r')
        landmarks = np.load(whole / record['landmarks'])
        assert frames.shape == (record['num_frames'], SIZE, SIZE) and frames.dtype == np.uint8
        assert landmarks.shape == (record['num_frames'], 68, 2) and landmarks.dtype == np.float32
        eyes = landmarks[0, 36:48].reshape(2, 6, 2).mean(axis=1)
        assert eyes[0, 1] == pytest.approx(eyes[1, 1], abs=1e-3) and eyes[0, 0] < eyes[1, 0]


def test_account(release, whole):
    text = (whole / 'preparation.json').read_text()
    account = json.loads(text)
    assert str(release.parent) not in text + (whole / 'annotations.json').read_text()
    assert account['complete'] is True and account['tool'].startswith('fdp_mmaction ')
    assert account['identity']['source']['folder'] == release.name
    assert account['identity']['settings'] == {
        'size': SIZE, 'align': 'onset', 'box_factor': 2.5, 'border': 128, 'landmark_source': 'precomputed',
        'landmark_options': {'folder': 'landmarks'}}
    assert len(account['errata_applied']) == 4 and all(entry['source'] for entry in account['errata_applied'])
    assert {'item': 'row 8 (sub03/EP01_1)', 'reason': 'onset 40 comes after offset 39', 'lost': True} in account[
        'left_out']
    assert 'sub03/EP99' in account['unlabelled_clips']
    assert {'sample_id': 'casme2/sub02/EP03_1', 'remark': '3 of 9 frames are missing on disk'} in account['remarks']
    census = account['census']
    assert census['samples'] == 8 and census['subjects'] == {'sub01': 3, 'sub02': 2, 'sub03': 1, 'sub04': 1, 'sub07': 1}
    assert census['apex_sources'] == {'erratum': 2, 'midpoint': 1, 'sheet': 5}
    assert '8 samples found, expected 255.' in census['deviations']


def _killed_at_rename(count: int, root: Path, out: Path) -> None:
    rename, seen = os.replace, iter(range(10 ** 6))

    def deadly_rename(*paths):
        if next(seen) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*paths)

    os.replace = deadly_rename
    prepare(root, out)


@pytest.mark.parametrize('renames', [0, 1, 2, 7, 17, 18])   # 1 report, 8 x (frames, landmarks), 2 json files
def test_killed_and_continued_equals_undisturbed(release, whole, tmp_path, renames):
    out = tmp_path / 'casme2'
    process = multiprocessing.get_context('fork').Process(target=_killed_at_rename, args=(renames, release, out))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(out.rglob('.*.partial*'))
    report = prepare(release, out)
    assert report.already_done == min(8, max(0, renames - 1) // 2)
    assert digest(out) == digest(whole)


def _ignores_interrupts(pid: int) -> bool:
    status = Path(f'/proc/{pid}/status')
    if not status.exists():   # not Linux
        return True
    return bool(int(re.search(r'SigIgn:\s*(\w+)', status.read_text())[1], 16) & 1 << (signal.SIGINT - 1))


@pytest.fixture
def interruptible():
    """Python's own reaction to Ctrl-C, which parallel test runners switch off in their workers."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def test_two_processes_interrupted_then_one_equal_one(release, whole, tmp_path, interruptible):
    out, ignored = tmp_path / 'casme2', []

    def interrupt(done, total, name):
        if done == 3:
            ignored.extend(_ignores_interrupts(worker.pid) for worker in multiprocessing.active_children())
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        prepare(release, out, workers=2, on_progress=interrupt)
    assert not (out / 'annotations.json').exists() and not list(out.rglob('.*.partial*'))
    assert len(ignored) == 2 and all(ignored)      # Ctrl-C reaches every process of a terminal
    seen = []
    report = prepare(release, out, on_progress=lambda *state: seen.append(state))
    assert 3 <= report.already_done <= 8
    assert [done for done, _, _ in seen] == list(range(report.already_done, 9)) and {t for _, t, _ in seen} == {8}
    assert digest(out) == digest(whole)


def test_a_second_run_has_nothing_to_do(release, whole, tmp_path):
    out = Path(shutil.copytree(whole, tmp_path / 'casme2'))
    before = {path: path.stat().st_mtime_ns for path in (out / 'clips').rglob('*.npy')}
    assert prepare(release, out).already_done == 8
    assert {path: path.stat().st_mtime_ns for path in (out / 'clips').rglob('*.npy')} == before
    assert digest(out) == digest(whole)


def test_other_settings_are_refused_unless_fresh(release, whole, tmp_path):
    out = Path(shutil.copytree(whole, tmp_path / 'casme2'))
    with pytest.raises(DatasetError, match="settings.align = 'onset', now 'frame' is asked for"):
        prepare(release, out, align='frame')
    with pytest.raises(DatasetError, match='errata = True, now False'):
        prepare(release, out, errata=False)
    assert digest(out) == digest(whole)
    assert prepare(release, out, align='frame', fresh=True).already_done == 0
    assert digest(out) != digest(whole)


def _frame(root: Path, name: str) -> Path:
    return root / 'CASME2_RAW_selected/CASME2_RAW_selected' / name


@pytest.mark.parametrize('harm, reason', [
    (lambda root: _cut(_frame(root, 'sub01/EP09f/img22.jpg')), 'Image img22.jpg is truncated'),
    (lambda root: _frame(root, 'sub01/EP09f/img22.jpg').write_bytes(b'text'), 'Image img22.jpg is damaged'),
    (lambda root: (root / 'landmarks/sub01/EP09f.npz').unlink(), 'Landmark file sub01/EP09f.npz does not exist'),
    (lambda root: np.savez(root / 'landmarks/sub01/EP09f.npz', landmarks=np.full((5, 68, 2), np.nan),
                           frame_ids=range(20, 25)), 'holds NaN'),
])
def test_a_broken_clip_is_left_out_and_the_others_go_on(copy, whole, tmp_path, harm, reason):
    harm(copy)
    out = tmp_path / 'out'
    report = prepare(copy, out)
    broken = report.left_out[-1]
    assert broken.item == 'sub01/EP09f' and reason in broken.reason and broken.lost
    ids = [record['sample_id'] for record in json.loads((out / 'annotations.json').read_text())['data_list']]
    assert len(ids) == 7 and 'casme2/sub01/EP09f' not in ids
    assert json.loads((out / 'preparation.json').read_text())['left_out'][-1]['item'] == 'sub01/EP09f'
    assert str(tmp_path) not in (out / 'preparation.json').read_text()
    again = prepare(copy, out)
    assert again.left_out == report.left_out and again.data_list == report.data_list and again.already_done == 7
    same = {name: value for name, value in digest(whole).items() if name.startswith('clips') and 'EP09f' not in name}
    assert {name: value for name, value in digest(out).items() if name.startswith('clips')} == same


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def test_a_mended_clip_is_added_by_the_next_run(copy, whole, tmp_path):
    frame = _frame(copy, 'sub01/EP09f/img22.jpg')
    content = frame.read_bytes()
    _cut(frame)
    out = tmp_path / 'out'
    assert len(prepare(copy, out).data_list) == 7
    frame.write_bytes(content)
    assert prepare(copy, out).already_done == 7
    assert digest(out) == digest(whole)


def test_nothing_left_is_an_error(copy, tmp_path):
    for path in (copy / 'landmarks').rglob('*.npz'):
        path.unlink()
    with pytest.raises(DatasetError, match=r'No clip could be prepared .*EP02_01f\.npz does not exist'):
        prepare(copy, tmp_path / 'out')
    assert not (tmp_path / 'out/annotations.json').exists()


def test_writing_errors_end_the_run(release, tmp_path, monkeypatch):
    def full_disk(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('fdp_mmaction.datasets.preparation.folder._write_array', full_disk)
    with pytest.raises(OSError, match='No space left'):
        prepare(release, tmp_path / 'out')


def test_cropped_release_without_landmarks(tmp_path):
    root = write_mini_casme2(tmp_path / 'CASME2', 'cropped')
    settings = PreparationSettings(size=SIZE, landmark_source='none')
    report = prepare_release(CASME2, root, tmp_path / 'out', settings)
    assert len(report.data_list) == 8 and all(record['landmarks'] is None for record in report.data_list)
    assert not list((tmp_path / 'out').rglob('*.landmarks.npy'))
    annotations = json.loads((tmp_path / 'out/annotations.json').read_text())
    assert annotations['metainfo']['align'] == 'none'
    assert prepare_release(CASME2, root, tmp_path / 'out', settings).already_done == 8


def test_whole_images_need_landmarks(release, tmp_path):
    settings = PreparationSettings(size=SIZE, landmark_source='none')
    with pytest.raises(DatasetError, match="'none' is for cropped frames, not for layout 'raw'"):
        prepare_release(CASME2, release, tmp_path / 'out', settings, layout='raw')
    with pytest.raises(FaceError, match='does not exist'):
        prepare_release(CASME2, release, tmp_path / 'out',
                        PreparationSettings(size=SIZE, landmark_options={'folder': str(tmp_path / 'no')}))
    assert not (tmp_path / 'out').exists()
    with pytest.raises(DatasetError, match='workers must be at least 1'):
        prepare(release, tmp_path / 'out', workers=0)


def test_other_data_in_the_same_layout(release, tmp_path):
    report = prepare(release, tmp_path / 'out', dataset='synthetic', errata=False)
    assert report.expected is None and report.deviations == [] and len(report.data_list) == 9
    assert report.data_list[0]['sample_id'] == 'synthetic/sub01/EP02_01f'
