"""Clips whose faces are not found in the first way: counted, remembered, and refused when they are too many."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mini_casme2 import write_mini_casme2

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers import CASME2
from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.clip_landmarks import Fallback

SIZE = 24


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    """Eight good clips; sub01/EP02_01f has no face in its frames 47 and 48, sub01/EP09f none at all."""
    root = write_mini_casme2(tmp_path_factory.mktemp('CASME2'))
    for clip, frames in (('EP02_01f', [47, 48]), ('EP09f', None)):
        path = root / 'landmarks/sub01' / f'{clip}.npz'
        with np.load(path) as archive:
            landmarks, frame_ids = archive['landmarks'].copy(), archive['frame_ids']
        landmarks[slice(None) if frames is None else np.isin(frame_ids, frames)] = np.nan
        np.savez(path, landmarks=landmarks, frame_ids=frame_ids)
    return root


def prepare(root: Path, out: Path, on_missing: str, max_fallbacks: float = 1.0):
    settings = PreparationSettings(size=SIZE, max_fallbacks=max_fallbacks, landmark_options={
        'folder': str(root / 'landmarks'), 'on_missing': on_missing})
    return prepare_release(CASME2, root, out, settings)


def account(out: Path) -> dict:
    return json.loads((out / 'preparation.json').read_text())


def names(report) -> set[str]:
    return {f'{record["subject"]}/{record["clip"]}' for record in report.data_list}


def test_by_default_they_are_lost(release, tmp_path):
    report = prepare(release, tmp_path / 'out', 'raise', 0.0)
    lost = {entry.item: entry.reason for entry in report.lost}
    assert 'holds NaN or infinity in 2 frames (first: 47)' in lost['sub01/EP02_01f']
    assert 'sub01/EP09f' in lost and len(report.data_list) == 6
    assert account(tmp_path / 'out')['faces'] == {'clips_with_fallback': 0, 'share': 0.0, 'kinds': {}}


def test_left_out_by_choice_is_not_lost_but_counted(release, tmp_path):
    report = prepare(release, tmp_path / 'out', 'skip')
    entries = {entry.item: entry for entry in report.left_out}
    assert not entries['sub01/EP02_01f'].lost and not entries['sub01/EP09f'].lost and len(report.data_list) == 6
    assert account(tmp_path / 'out')['faces'] == {
        'clips_with_fallback': 2, 'share': 0.25, 'kinds': {'skip': {'clips': 2, 'frames': 7}}}
    assert not any('faces:' in remark for _, remark in report.remarks)
    again = prepare(release, tmp_path / 'out', 'skip')
    assert again.left_out == report.left_out and again.fallbacks == report.fallbacks and again.already_done == 6


def test_previous(release, tmp_path):
    report = prepare(release, tmp_path / 'out', 'previous')
    assert 'sub01/EP02_01f' in names(report) and [entry.item for entry in report.lost][-1] == 'sub01/EP09f'
    assert report.fallbacks == (('casme2/sub01/EP02_01f', (Fallback('previous', 2, 47),)),)
    assert ('casme2/sub01/EP02_01f', 'faces: no face in 2 frames (first: 47): they take the landmarks of the frame '
                                     'before') in report.remarks
    landmarks = np.load(tmp_path / 'out/clips/sub01/EP02_01f.landmarks.npy')
    np.testing.assert_array_equal(landmarks[1:3], landmarks[[0, 0]])


def test_a_later_run_remembers_them(release, tmp_path):
    out = tmp_path / 'out'
    first = prepare(release, out, 'center_crop')
    assert len(first.data_list) == 8
    wanted = {'clips_with_fallback': 2, 'share': 0.25,
              'kinds': {'center_crop': {'clips': 1, 'frames': 5}, 'previous': {'clips': 1, 'frames': 2}}}
    text = (out / 'preparation.json').read_text()
    assert json.loads(text)['faces'] == wanted and json.loads(text)['complete'] is True
    for clip in ('sub02/EP04', 'sub01/EP02_01f'):
        (out / f'clips/{clip}.landmarks.npy').unlink()
    again = prepare(release, out, 'center_crop')
    assert again.already_done == 6 and (out / 'preparation.json').read_text() == text


def test_too_many_end_with_an_error(release, tmp_path):
    out = tmp_path / 'out'
    prepare(release, out, 'center_crop')
    with pytest.raises(DatasetError, match=r'The faces of 2 clips, a share of 0.25, were not found in the first way '
                                           r'\(center_crop: 1, previous: 1\), more than the 0.24 allowed.*'
                                           r'--max-fallbacks'):
        prepare(release, out, 'center_crop', 0.24)
    assert account(out)['complete'] is False and account(out)['faces']['share'] == 0.25
    assert not (out / 'annotations.json').exists()
    report = prepare(release, out, 'center_crop', 0.25)
    assert report.already_done == 8 and account(out)['complete'] is True and (out / 'annotations.json').exists()
    with pytest.raises(DatasetError, match='skip: 2'):
        prepare(release, tmp_path / 'other', 'skip', 0.1)


def test_mended_clips_are_forgotten(release, tmp_path):
    root = Path(shutil.copytree(release, tmp_path / 'root'))
    prepare(root, tmp_path / 'out', 'skip')
    write_mini_casme2(root)
    report = prepare(root, tmp_path / 'out', 'skip')
    assert len(report.data_list) == 8 and report.fallbacks == ()
    assert not list((tmp_path / 'out').rglob('*.fallbacks.json'))


@pytest.mark.parametrize('content', ['', '{}', '[{"kind": 1}]', '[1]', '[{"kind": "x", "frames": "y", "first": 1}]'])
def test_a_damaged_list(release, tmp_path, content):
    out = tmp_path / 'out'
    prepare(release, out, 'previous')
    (out / 'clips/sub01/EP02_01f.fallbacks.json').write_text(content)
    if content == '{}':      # an empty list, as good as none
        assert prepare(release, out, 'previous').fallbacks == ()
        return
    with pytest.raises(DatasetError, match='EP02_01f.fallbacks.json is damaged: start over with --fresh'):
        prepare(release, out, 'previous')


def test_detectors_are_named_in_the_identity(release, tmp_path):
    settings = PreparationSettings(size=SIZE, landmark_source='box', max_fallbacks=1.0,
                                   landmark_options={'on_missing': 'center_crop'})
    report = prepare_release(CASME2, release, tmp_path / 'out', settings)
    assert len(report.data_list) == 8      # noise has no face: every clip is cropped at its centre
    identity = account(tmp_path / 'out')['identity']['settings']
    assert identity['landmark_backend']['name'] == 'scikit-image' and identity['landmark_backend']['version']
    assert identity['landmark_options'] == {'on_missing': 'center_crop'}
    assert account(tmp_path / 'out')['faces']['kinds']['center_crop']['clips'] == 8
