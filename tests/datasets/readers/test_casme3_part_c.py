from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import write_frames
from mini_casme3 import PART_C, PART_C_HEADER, PART_C_ROWS, write_label_sheet, write_mini_part_c

from fdp_mmaction.datasets.readers.casme3_part_c import CASME3_PART_C, CENSUS, read_casme3_part_c
from fdp_mmaction.errors import DatasetError

GOOD = ('01/1', '01/2', '02/1', '31/4')


@pytest.fixture(scope='module')
def result(tmp_path_factory):
    return read_casme3_part_c(write_mini_part_c(tmp_path_factory.mktemp('part_c')))


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_of_the_real_release(result):
    assert CENSUS.samples == 166 and CENSUS.subjects == 31 and CENSUS.emotions == {}
    assert CASME3_PART_C.census is CENSUS is result.census and CASME3_PART_C.name == 'casme3_part_c'


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD and result.layout == 'full' and result.unlabelled == ()
    assert result.num_rows == len(PART_C_ROWS) == len(result.records) + len(result.left_out)
    assert result.source['sheet'] == PART_C and result.source['clips'] == 'part_C/RGB_Depth/part_C/part_C'


def test_records(result):
    records = _by_key(result)
    first = records['01/1']
    assert (first.sample_id, first.dataset, first.emotion) == ('casme3_part_c/01/1', 'casme3_part_c', 'negative')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (100, 103, 107, 'midpoint')
    assert first.action_units == ('4', '14') and first.objective_class is None
    assert first.frame_ids == tuple(range(100, 108)) and Path(first.frame_paths[0]).parts[-4:] == (
        '01', 'a', 'color', '100.jpg')
    assert records['01/2'].action_units == ('1', '2') and records['01/2'].emotion == 'others'
    gap = records['02/1']
    assert gap.frame_ids == (5, 6, 7, 9, 10, 11, 12) and gap.apex == 7      # 8, the middle, is missing
    assert records['31/4'].frame_ids == (7,) and records['31/4'].action_units == ()
    assert result.remarks == (('casme3_part_c/02/1', '1 of 8 frames are missing on disk'),)


def test_left_out(result):
    assert [(entry.item, entry.reason) for entry in result.left_out] == [
        ('row 6 (31/5)', "emotion '' is none of negative, positive, surprise, others, happiness, disgust, fear, anger, "
                         'sadness'),
        ('row 7 (31/x)', "count 'x' is not a whole number"),
        ('row 8 (30/1)', 'there is no folder 30/a in part_C')]


def test_clips_give_the_same_frames(tmp_path, result):
    write_mini_part_c(tmp_path, 'clips')
    write_frames(tmp_path / 'ME_C/31/9/color', [1], '', np.random.default_rng(0))
    clips = read_casme3_part_c(tmp_path)
    assert clips.layout == 'clips' and clips.source['clips'] == 'ME_C' and clips.unlabelled == ('31/5', '31/9')
    assert [(r.sample_id, r.frame_ids, r.apex) for r in clips.records] == [
        (r.sample_id, r.frame_ids, r.apex) for r in result.records]
    assert clips.left_out[2].reason == 'there is no folder 30/1 in ME_C'
    write_mini_part_c(tmp_path)
    assert read_casme3_part_c(tmp_path).layout == 'full'
    assert read_casme3_part_c(tmp_path, layout='clips').layout == 'clips'


def test_numbers_of_clips_may_be_padded_on_disk(tmp_path):
    write_frames(tmp_path / 'ME_C/1/02', range(100, 108), '', np.random.default_rng(0))
    write_label_sheet(tmp_path / PART_C, [PART_C_ROWS[0][:2] + (2,) + PART_C_ROWS[0][3:]], PART_C_HEADER)
    (record,) = read_casme3_part_c(tmp_path).records
    assert record.sample_id == 'casme3_part_c/01/2' and len(record.frame_ids) == 8


def test_fine_emotions_and_an_apex_are_read(tmp_path):
    write_frames(tmp_path / 'part_C/sub1/b/color', range(1, 9), '', np.random.default_rng(0))
    write_label_sheet(tmp_path / 'part C.xlsx', [(1, 1, 1, 8, 6, 'Happy', 'II'), (1, 2, 1, 8, None, 'sad', None)],
                      ('Subject', 'Count', 'StartFrame', 'EndFrame', 'Apex', 'Estimated Emotion', 'Objective class'))
    first, second = read_casme3_part_c(tmp_path).records
    assert (first.emotion, first.apex, first.apex_source, first.objective_class) == ('happiness', 6, 'sheet', 2)
    assert (second.emotion, second.apex, second.apex_source) == ('sadness', 4, 'midpoint')


def test_part_a_beside_it_does_not_matter(tmp_path):
    write_mini_part_c(tmp_path)
    write_label_sheet(tmp_path / 'cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx', [])
    for folder in ('part_A/01/a/color', 'depth/01/a'):
        write_frames(tmp_path / folder, range(1, 130), '', np.random.default_rng(0))
    result = read_casme3_part_c(tmp_path)
    assert tuple(_by_key(result)) == GOOD and result.source['clips'] == 'part_C/RGB_Depth/part_C/part_C'
    (tmp_path / 'annotation' / PART_C).unlink()
    with pytest.raises(DatasetError, match='No label sheet of part C in'):
        read_casme3_part_c(tmp_path)


def test_a_sheet_without_emotions_is_refused(tmp_path):
    rows = [row[:6] for row in PART_C_ROWS]
    with pytest.raises(DatasetError, match=r"part_C_ME\.xlsx gives no emotion, so .* add a column 'emotion'"):
        read_casme3_part_c(write_mini_part_c(tmp_path, rows=rows, header=PART_C_HEADER[:6]))


def test_the_spotting_sheet_is_refused(tmp_path):
    header = (*PART_C_HEADER, 'Expression type')
    write_label_sheet(tmp_path / 'CAS(ME)3_part_C.xls', [(*PART_C_ROWS[0], 'Macro-expression')], header)
    with pytest.raises(DatasetError, match='CAS.ME.3_part_C.xls lists all movements for spotting'):
        read_casme3_part_c(tmp_path)
    write_mini_part_c(tmp_path)
    assert read_casme3_part_c(tmp_path).source['sheet'] == PART_C


def test_bad_roots(tmp_path):
    with pytest.raises(DatasetError, match='does not exist: give the folder that holds CAS'):
        read_casme3_part_c(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No label sheet of part C in'):
        read_casme3_part_c(tmp_path)
    write_label_sheet(tmp_path / PART_C, PART_C_ROWS, PART_C_HEADER)
    with pytest.raises(DatasetError, match='No videos <subject>/a/color in'):
        read_casme3_part_c(tmp_path)
    write_mini_part_c(tmp_path, 'clips')
    with pytest.raises(DatasetError, match=r"No frames of layout 'full' .*found: clips"):
        read_casme3_part_c(tmp_path, layout='full')
    with pytest.raises(DatasetError, match="Unknown layout 'raw': choose one of auto, full, clips"):
        read_casme3_part_c(tmp_path, layout='raw')
    (tmp_path / 'annotation' / PART_C).rename(tmp_path / 'a_part_C.xlsx')
    (tmp_path / PART_C).rename(tmp_path / 'b_part_C.xlsx')
    with pytest.raises(DatasetError, match=r'Several sheets in .*\(a_part_C\.xlsx, b_part_C\.xlsx\): keep the one'):
        read_casme3_part_c(tmp_path)


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '01', 'sub1', '../a', '.', 'Micro-expression']))


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_row = st.tuples(st.just('p'), _mostly('01', 2, 1), _mostly(1, 2, 3), _mostly(1, 3), _mostly(5, 6),
                 _mostly('4,1，2', 12), _mostly('negative', 'others', 'Happy'))
_header = _usually(st.just(PART_C_HEADER), st.one_of(
    st.permutations(PART_C_HEADER), st.lists(_cell, max_size=8), st.just((*PART_C_HEADER[:6], 'Expression type')),
    st.integers(0, 6).map(lambda gone: PART_C_HEADER[:gone] + PART_C_HEADER[gone + 1:])))
_folder = st.sampled_from(['C/01/a/color', 'C/01/b/color', 'C/2/1/color', 'C/02/depth', 'C/2/x/depth', 'ME_C/1/2',
                           'part_A/01/a/color', '01'])
_file = st.tuples(_folder, st.sampled_from(['', 'img']), st.integers(0, 8), st.sampled_from(['.jpg', '.db', '.png']))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(_row, min_size=1, max_size=8), files=st.lists(_file, max_size=12),
       complete=_usually(st.just(True), st.just(False)),
       layout=_usually(st.just('auto'), st.sampled_from(['full', 'clips', 'x'])))
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, header, rows, files, layout,
                                                             complete):
    root = tmp_path_factory.mktemp('any')
    write_label_sheet(root / PART_C, rows, header)
    sound = [(f'C/0{i}/a/color', '', n, '.jpg') for i in (1, 2) for n in range(2, 6)]
    for folder, prefix, number, suffix in (sound if complete else []) + files:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / f'{prefix}{number}{suffix}').touch()
    try:
        result = read_casme3_part_c(root, layout=layout)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    assert result.num_rows == len(result.records) + len(result.left_out) <= len(rows)
    ids = [record.sample_id for record in result.records]
    assert len(set(ids)) == len(ids)
    for record in result.records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
        assert not any('depth' in path or 'part_A' in path for path in record.frame_paths)
