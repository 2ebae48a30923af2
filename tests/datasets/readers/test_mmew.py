from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import write_frames, write_sheet
from mini_mmew import GOOD, HEADER, ROWS, write_mini_mmew

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.mmew import CENSUS, MMEW, read_mmew
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_mmew(tmp_path_factory.mktemp('release'))


@pytest.fixture(scope='module')
def result(release):
    return read_mmew(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_of_the_real_release():
    assert (CENSUS.samples, CENSUS.subjects, CENSUS.certain) == (300, 30, True)
    assert CENSUS.samples - CENSUS.emotions['others'] == 234
    assert (MMEW.name, MMEW.fps, MMEW.read, MMEW.census) == ('mmew', 90, read_mmew, CENSUS)


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(ROWS) == len(result.records) + len(result.left_out)


def test_records(release, result):
    records = _by_key(result)
    first = records['S01/S01-01-001']
    assert (first.sample_id, first.dataset, first.emotion) == ('mmew/S01/S01-01-001', 'mmew', 'happiness')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (1, 3, 6, 'sheet')
    folder = release / 'MMEW_Final/Micro_Expression/happiness/S01-01-001'
    assert first.frame_paths == tuple(str(folder / f'{n}.jpg') for n in range(1, 7))
    assert first.frame_ids == tuple(range(1, 7)) and first.action_units == ('6', '12')
    assert records['S13/S13-07-001'].frame_ids == tuple(range(1, 12))
    assert records['S13/S13-07-001'].emotion == 'anger' and records['S13/S13-07-001'].apex == 2
    assert records['S13/S13-04-002'].action_units == ('L12',) and records['S13/S13-04-002'].emotion == 'others'
    assert records['S02/S02-03-001'].action_units == ('R4', '7')
    assert records['S03/S03-02-001'].frame_ids == (1, 2, 3, 5)
    assert result.layout == 'cropped' and result.source['clips'] == 'MMEW_Final/Micro_Expression'


def test_bounds_that_cannot_be(result):
    records = _by_key(result)
    neither, early = records['S13/s13-04-001'], records['S13/S13-04-002']
    assert (neither.onset, neither.apex, neither.offset, neither.apex_source) == (1, 4, 7, 'midpoint')
    assert (early.onset, early.apex, early.offset, early.apex_source) == (1, 6, 8, 'sheet')


def test_without_errata_the_sheet_counts(release):
    result = read_mmew(release, errata=False)
    records = _by_key(result)
    assert 'S13/s13-04-001' not in records
    assert ('row 4 (S13/s13-04-001)', "OffsetFrame '' is not a whole number", True) in [
        (entry.item, entry.reason, entry.lost) for entry in result.left_out]
    assert (records['S13/S13-04-002'].apex, records['S13/S13-04-002'].offset) == (2, 3)
    assert result.num_rows == len(result.records) + len(result.left_out)


def test_left_out_unlabelled_and_remarks(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 7 (S02/S02-03-002)', 'there is no folder S02/S02-03-002 in Micro_Expression', True),
        ('row 8 (S02/S02-02-001)', "emotion 'boredom' is none of surprise, disgust, others, happiness, fear, sadness, "
                                   'anger', True),
        ('row 9 (S01/S01-01-001)', 'repeats row 2', False),
        ('row 10 (S14/S13-01-001)', 'there is no folder S14/S13-01-001 in Micro_Expression', True),
        ('row 12 (?/S04-02-001)', "Subject '?' is not the name of a subject", True)]
    assert result.unlabelled == ('S02/S02-02-001', 'S04/S04-02-001', 'S05/S05-02-001', 'S13/S13-01-001')
    assert result.remarks == (
        ('mmew/S13/s13-04-001', "onset 1 and offset '' cannot be: the first and the last frame of the clip are used"),
        ('mmew/S13/s13-04-001', "no usable apex ('/'): the middle of onset and offset is used"),
        ('mmew/S13/S13-04-002', 'onset 1 and offset 3 cannot be: the first and the last frame of the clip are used'),
        ('mmew/S02/S02-03-001', "its folder lies in 'fear', the sheet says 'disgust'"),
        ('mmew/S03/S03-02-001', '1 of 5 frames are missing on disk'))


def test_clip_folders_at_other_depths(tmp_path):
    for name, folder in (('a', 'S01-01-001'), ('b', 'Micro_Expression/S01/happiness/S01-01-001')):
        write_frames(tmp_path / name / folder, range(1, 7), '', np.random.default_rng(0))
        write_sheet(tmp_path / name / 'MMEW_Micro_Exp (20).xlsx', ROWS[:1], HEADER)
        assert list(_by_key(read_mmew(tmp_path / name))) == ['S01/S01-01-001']


def test_bad_roots(tmp_path, release):
    with pytest.raises(DatasetError, match='does not exist'):
        read_mmew(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match="Unknown layout 'raw'"):
        read_mmew(release, layout='raw')
    shutil.copy(release / 'MMEW_Macro_Exp.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No coding sheet in'):
        read_mmew(tmp_path)
    write_sheet(tmp_path / 'MMEW_Micro_Exp.xlsx', [], HEADER)
    with pytest.raises(DatasetError, match='has no row below its header'):
        read_mmew(tmp_path)
    shutil.copy(release / 'MMEW_Micro_Exp.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No clip folders'):
        read_mmew(tmp_path)
    shutil.copy(release / 'MMEW_Micro_Exp.xlsx', tmp_path / 'MMEW_Micro_Exp_v2.xlsx')
    with pytest.raises(DatasetError, match='Several sheets in'):
        read_mmew(tmp_path)


def test_preparation(tmp_path, release):
    report = prepare_release(MMEW, release, tmp_path, PreparationSettings(size=32, landmark_source='none'))
    assert [record['sample_id'] for record in report.data_list] == [f'mmew/{key}' for key in GOOD]
    assert '6 samples found, expected 300.' in report.deviations


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', 'S01', 'S01-01-001', '../a', '.', '4 or 7']))


def _mostly(*good):
    return st.integers(0, 9).flatmap(lambda chance: _cell if chance == 9 else st.sampled_from(good))


_row = st.tuples(_mostly(1, '1', 'S01'), _mostly('S01-01-001', 's01-01-001', 'S01-02-001', 'S02-01-001'), _mostly(1, 3),
                 _mostly(4, '/', 9), _mostly(5, 6, 0), _mostly('4+7', '12L'), _mostly('others', 'Fear', 'happiness'))
_file = st.tuples(st.sampled_from(['fear/S01-01-001', 'S01-02-001', 'fear/S01-02-001/x', 'a/b/c/S02-01-001', 'd/e']),
                  st.sampled_from(['', 'img', 'x.']), st.integers(0, 12), st.sampled_from(['.jpg', '.lnk', '.PNG']))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_row, min_size=1, max_size=8), files=st.lists(_file, max_size=12), errata=st.booleans(),
       sound=st.booleans())
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, rows, files, errata, sound):
    root = tmp_path_factory.mktemp('any')
    write_sheet(root / 'MMEW_Micro_Exp.xlsx', rows, HEADER)
    whole = [(f'happiness/S01-0{i}-001', '', n, '.jpg') for i in (1, 2) for n in range(2, 8)] if sound else []
    for folder, prefix, number, suffix in whole + files:
        (root / 'Micro_Expression' / folder).mkdir(parents=True, exist_ok=True)
        (root / 'Micro_Expression' / folder / f'{prefix}{number}{suffix}').touch()
    try:
        result = read_mmew(root, errata=errata)
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
