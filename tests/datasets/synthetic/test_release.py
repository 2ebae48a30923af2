from __future__ import annotations

import json
import re

import cv2
import numpy as np
import openpyxl
import pytest

from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips, render_clip, write_casme2_release
from fdp_mmaction.errors import DatasetError

CONFIG = SyntheticConfig(2, 2, fps=20)      # few frames
SIZE = dict(width=64, height=48, progress=False)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('release')
    write_casme2_release(CONFIG, root, num_workers=1, **SIZE)
    return root


def test_folders_are_those_of_the_release(root):
    plans = plan_clips(CONFIG)
    assert sorted(p.name for p in root.iterdir()) == sorted([
        'CASME2-coding-20140508.xlsx', 'CASME2_RAW_selected', 'README.txt', 'landmarks', 'synthetic.json'])
    for plan in plans:
        folder = root / 'CASME2_RAW_selected' / plan.subject / plan.clip
        names = {f'img{k}.jpg' for k in range(plan.onset, plan.offset + 1)}
        assert {p.name for p in folder.iterdir()} == names
        with np.load(root / 'landmarks' / plan.subject / f'{plan.clip}.npz') as arrays:
            assert arrays['landmarks'].shape == (plan.num_frames, 68, 2) and arrays['landmarks'].dtype == np.float32
            assert arrays['frame_ids'].tolist() == list(plan.frame_ids)
    assert not list(root.rglob('*partial*'))
    assert 'synthetic faces' in (root / 'README.txt').read_text()


def test_coding_sheet_has_the_columns_of_the_release(root):
    book = openpyxl.load_workbook(root / 'CASME2-coding-20140508.xlsx')
    assert book.sheetnames == ['Sheet1']
    header, *rows = book['Sheet1'].iter_rows(values_only=True)
    assert header == ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame', 'OffsetFrame', None, 'Action Units',
                      'Estimated Emotion')
    plans = plan_clips(CONFIG)
    assert rows == [(p.subject[3:], p.clip, None, p.onset, p.apex, p.offset, None, p.action_units, p.emotion)
                    for p in plans]
    assert all(isinstance(row[0], str) and re.fullmatch(r'\d\d', row[0]) for row in rows)


def test_images_are_the_rendered_frames(root):
    plan = plan_clips(CONFIG)[3]
    clip = render_clip(plan, 48, 64)
    path = root / 'CASME2_RAW_selected' / plan.subject / plan.clip / f'img{plan.apex}.jpg'
    written = cv2.imread(str(path))
    assert np.abs(written.astype(int) - clip.frames[plan.apex_index]).mean() < 4
    with np.load(root / 'landmarks' / plan.subject / f'{plan.clip}.npz') as arrays:
        np.testing.assert_array_equal(arrays['landmarks'], clip.landmarks)


def test_a_second_call_writes_only_what_is_missing(root):
    plans = plan_clips(CONFIG)
    kept, lost = (root / 'CASME2_RAW_selected' / p.subject / p.clip / f'img{p.onset}.jpg' for p in plans[:2])
    kept.write_bytes(b'mark')
    (root / 'landmarks' / plans[1].subject / f'{plans[1].clip}.npz').unlink()      # an interrupted clip
    lost.unlink()
    write_casme2_release(CONFIG, root, num_workers=1, **SIZE)
    assert kept.read_bytes() == b'mark' and lost.stat().st_size > 500
    assert (root / 'landmarks' / plans[1].subject / f'{plans[1].clip}.npz').exists()


def test_more_clips_may_be_added_but_not_others(root):
    with pytest.raises(DatasetError, match='other settings'):
        write_casme2_release(SyntheticConfig(2, 2, fps=20, seed=1), root, num_workers=1, **SIZE)
    with pytest.raises(DatasetError, match='other settings'):
        write_casme2_release(CONFIG, root, width=80, height=60, num_workers=1, progress=False)
    write_casme2_release(SyntheticConfig(2, 3, fps=20), root, num_workers=2, **SIZE)
    assert len(list((root / 'landmarks').rglob('*.npz'))) == 6
    assert json.loads((root / 'synthetic.json').read_text())['fps'] == 20


def test_senseless_size(tmp_path):
    with pytest.raises(DatasetError, match='at least 16 pixels'):
        write_casme2_release(CONFIG, tmp_path, width=8, height=6, progress=False)
