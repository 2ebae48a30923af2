from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme import GOOD, HEADER, ROWS, write_images, write_mini_casme
from mini_casme2 import write_sheet

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.casme import CASME, CENSUS, read_casme
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme(tmp_path_factory.mktemp('release'))


@pytest.fixture(scope='module')
def result(release):
    return read_casme(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_of_the_real_release():
    assert (CENSUS.samples, CENSUS.certain, CENSUS.certain_split, CENSUS.certain_subjects) == (189, True, False, False)
    assert (CASME.name, CASME.fps, CASME.read, CASME.census) == ('casme', 60, read_casme, CENSUS)


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(ROWS) == len(result.records) + len(result.left_out)


def test_records(release, result):
    records = _by_key(result)
    first = records['sub01/EP01_5']
    assert (first.sample_id, first.dataset, first.emotion) == ('casme/sub01/EP01_5', 'casme', 'tense')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (98, 100, 103, 'sheet')
    folder = release / 'CASME_raw_selected/sub01/EP01_5'
    assert first.frame_paths == tuple(str(folder / f'EP01_5-{n}.jpg') for n in range(98, 104))
    assert first.frame_ids == tuple(range(98, 104)) and first.action_units == ('4', 'L7')
    assert (records['sub01/EP03_2'].apex, records['sub01/EP03_2'].apex_source) == (10, 'sheet')
    assert records['sub01/EP03_2'].emotion == 'disgust' and records['sub01/EP03_2'].frame_ids[:2] == (8, 9)
    assert records['sub02/EP02_2'].frame_ids == (5, 6, 8, 9) and records['sub02/EP02_2'].emotion == 'happiness'
    padded = records['sub03/EP01_1']
    assert Path(padded.frame_paths[0]).name == 'EP01_1-029.jpg' and (padded.onset, padded.apex) == (29, 31)


def test_bounds_that_cannot_be(result):
    records = _by_key(result)
    no_onset, elsewhere = records['sub01/EP12_1'], records['sub02/EP02_1']
    assert (no_onset.onset, no_onset.apex, no_onset.offset, no_onset.apex_source) == (2, 4, 7, 'midpoint')
    assert (elsewhere.onset, elsewhere.apex, elsewhere.offset, elsewhere.apex_source) == (100, 105, 110, 'midpoint')


def test_without_errata_the_sheet_counts(release):
    result = read_casme(release, errata=False)
    reasons = {entry.item: entry.reason for entry in result.left_out}
    assert reasons['row 4 (sub01/EP12_1)'] == "OnsetF '' is not a whole number"
    assert reasons['row 5 (sub02/EP02_1)'] == ('folder sub02/EP02_1 has no <N>.jpg between onset 90 and offset 99')
    assert result.num_rows == len(result.records) + len(result.left_out)


def test_left_out_unlabelled_and_remarks(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 7 (sub02/EP02_3)', 'there is no folder sub02/EP02_3 in CASME_raw_selected', True),
        ('row 9 (sub03/EP01_2)', "emotion 'boredom' is none of tense, disgust, repression, surprise, happiness, "
                                 'sadness, fear, contempt', True),
        ('row 10 (sub03/EP01_1)', 'repeats row 8', False),
        ('row 11 (sub03/EP01_1)', 'contradicts row 8 of the same clip', True),
        ('row 12 (?/EP01_3)', "Subject '?' is not the name of a subject", True)]
    assert result.unlabelled == ('sub02/EP09', 'sub03/EP01_2')
    bounds = 'cannot be: the first and the last frame of the clip are used'
    assert result.remarks == (
        ('casme/sub01/EP12_1', f"onset '' and offset 7 {bounds}"),
        ('casme/sub01/EP12_1', "no usable apex (''): the middle of onset and offset is used"),
        ('casme/sub02/EP02_1', f'onset 90 and offset 99 {bounds}'),
        ('casme/sub02/EP02_1', 'no usable apex (95): the middle of onset and offset is used'),
        ('casme/sub02/EP02_2', '1 of 5 frames are missing on disk'),
        ('casme/sub03/EP01_1', 'action units not understood: XYZ'))


@pytest.mark.parametrize('layout', ['raw_selected', 'cropped'])
@pytest.mark.parametrize('sections', [False, True])
def test_sections_and_layouts_give_the_same_frames(tmp_path, result, layout, sections):
    other = read_casme(write_mini_casme(tmp_path, layout, sections))
    assert other.layout == layout
    assert [record.frame_ids for record in other.records] == [record.frame_ids for record in result.records]
    assert [record.sample_id for record in other.records] == [record.sample_id for record in result.records]
    assert Path(other.records[0].frame_paths[0]).name == ('reg_' if layout == 'cropped' else '') + 'EP01_5-98.jpg'
    assert other.source['sheet'] == ('CASME_A.xlsx, CASME_B.xlsx' if sections else 'casme.xlsx')
    if sections:
        assert other.left_out[0].item == 'CASME_A.xlsx row 7 (sub02/EP02_3)'
        assert other.left_out[2].reason == 'repeats CASME_B.xlsx row 2'


def test_layout_can_be_chosen(tmp_path):
    write_mini_casme(tmp_path, 'cropped')
    with pytest.raises(DatasetError, match=r"No frames of layout 'raw_selected' .*found: cropped"):
        read_casme(tmp_path, layout='raw_selected')
    write_mini_casme(tmp_path, 'raw_selected')
    assert read_casme(tmp_path).layout == 'raw_selected'
    assert read_casme(tmp_path, layout='cropped').layout == 'cropped'
    with pytest.raises(DatasetError, match="Unknown layout 'rwa'"):
        read_casme(tmp_path, layout='rwa')


@pytest.mark.parametrize('prefix, layout', [('EP01_5-', 'raw_selected'), ('reg_EP01_5-', 'cropped')])
def test_clip_folders_right_below_the_root(tmp_path, prefix, layout):
    root = tmp_path / 'release'
    write_images(root / 'Sub1/ep01_5', range(98, 104), np.random.default_rng(0), prefix + '{}.jpg')
    write_sheet(root / 'labels.xlsx', ROWS[:1], HEADER)
    assert read_casme(root).layout == layout and list(_by_key(read_casme(root))) == ['sub01/EP01_5']


def test_the_same_clip_in_two_sections(tmp_path):
    for section in 'AB':
        write_images(tmp_path / section / 'sub01/EP01_5', range(98, 104), np.random.default_rng(0), 'EP01_5-{}.jpg')
    write_sheet(tmp_path / 'labels.xlsx', ROWS[:1], HEADER)
    result = read_casme(tmp_path)
    assert Path(result.records[0].frame_paths[0]).parts[-4] == 'A' and result.unlabelled == ('B/sub01/EP01_5',)


def test_bad_roots(tmp_path, release):
    with pytest.raises(DatasetError, match='does not exist'):
        read_casme(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No coding sheet with rows in'):
        read_casme(tmp_path)
    write_sheet(tmp_path / 'casme.xlsx', [], HEADER)
    with pytest.raises(DatasetError, match='No coding sheet with rows in'):
        read_casme(tmp_path)
    write_sheet(tmp_path / 'casme.xlsx', ROWS, HEADER[:-1])
    with pytest.raises(DatasetError, match="no column 'Emotion'"):
        read_casme(tmp_path)
    shutil.copy(release / 'casme.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No clip folders'):
        read_casme(tmp_path)


def test_preparation(tmp_path):
    root = write_mini_casme(tmp_path / 'release', 'cropped')
    report = prepare_release(CASME, root, tmp_path / 'out', PreparationSettings(size=32, landmark_source='none'))
    assert [record['sample_id'] for record in report.data_list] == [f'casme/{key}' for key in GOOD]
    assert {'6 samples found, expected 189.', '3 subjects found, expected (unconfirmed) 19.'} <= set(report.deviations)


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', 'sub01', 'EP01_5', '../a', '.', '4 or 7']))


def _mostly(*good):
    return st.integers(0, 9).flatmap(lambda chance: _cell if chance == 9 else st.sampled_from(good))


_row = st.tuples(_mostly('01', 1, 2), _mostly('a', 'b', 'A'), st.none(), _mostly(1, 3), _mostly(4, '/', 3), _cell,
                 _mostly(5, 6, 0), st.none(), _mostly('4+7', 12), _mostly('tense', 'Fear', 'happy'))
_file = st.tuples(st.sampled_from(['s/sub01/a', 'A/sub01/a', 'B/sub01/a', 'B/sub02/b', 's/sub1/A/x', 'crop/sub01/a']),
                  st.sampled_from(['a-', 'reg_a-', '', 'x.']), st.integers(0, 12), st.sampled_from(['.jpg', '.lnk']))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_row, min_size=1, max_size=8), files=st.lists(_file, max_size=12), errata=st.booleans(),
       sound=st.booleans())
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, rows, files, errata, sound):
    root = tmp_path_factory.mktemp('any')
    write_sheet(root / 'casme.xlsx', rows, HEADER)
    whole = [(f's/sub0{i}/{clip}', f'{clip}-', n, '.jpg') for i in (1, 2) for clip in 'ab' for n in range(2, 8)]
    for folder, prefix, number, suffix in (whole if sound else []) + files:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / f'{prefix}{number}{suffix}').touch()
    try:
        result = read_casme(root, errata=errata)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    filled = sum(any(str(cell).strip() for cell in row if cell is not None) for row in rows)
    assert result.num_rows == len(result.records) + len(result.left_out) == filled
    assert len({record.sample_id for record in result.records}) == len(result.records)
    for record in result.records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
