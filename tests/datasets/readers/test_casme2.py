from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import GOOD, HEADER, ROWS, write_frames, write_mini_casme2, write_sheet

from fdp_mmaction.datasets.readers import CASME2, READERS, read_casme2
from fdp_mmaction.datasets.readers.casme2 import CENSUS
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme2(tmp_path_factory.mktemp('release'))


@pytest.fixture(scope='module')
def result(release):
    return read_casme2(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_of_the_real_release():
    assert CENSUS.samples == 255 and CENSUS.subjects == 26 and CENSUS.certain
    assert READERS['casme2'] is CASME2


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(ROWS) == len(result.records) + len(result.left_out)


def test_records(release, result):
    records = _by_key(result)
    first = records['sub01/EP02_01f']
    assert (first.sample_id, first.dataset, first.emotion) == ('casme2/sub01/EP02_01f', 'casme2', 'happiness')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (46, 50, 53, 'sheet')
    assert first.action_units == ('4', 'L7') and first.objective_class == 1
    assert first.frame_ids == tuple(range(46, 54))
    folder = release / 'CASME2_RAW_selected/CASME2_RAW_selected/sub01/EP02_01f'
    assert first.frame_paths == tuple(str(folder / f'img{n}.jpg') for n in range(46, 54))
    midpoint = records['sub01/EP06_02_01']
    assert (midpoint.apex, midpoint.apex_source, midpoint.action_units) == (10, 'midpoint', ('4',))
    assert midpoint.frame_ids == (8, 9, 10, 11, 12, 13)
    assert records['sub01/EP09f'].action_units == ('L12?', 'R12?')
    assert records['sub01/EP09f'].emotion == 'sadness' and records['sub01/EP09f'].apex == 22
    gap = records['sub02/EP03_1']
    assert gap.frame_ids == (10, 11, 15, 16, 17, 18) and gap.apex == 11 and gap.action_units == ('R14A', '17')
    assert (gap.onset, gap.offset, gap.objective_class) == (10, 18, 4)
    assert records['sub02/EP04'].emotion == 'others' and records['sub02/EP04'].frame_ids == (30, 31, 32, 33)
    assert records['sub03/EP01_4'].frame_ids == (98, 99, 100, 101, 102)
    assert records['sub03/EP01_4'].apex == 99 and records['sub03/EP01_4'].objective_class is None


def test_errata_are_applied_and_listed(result):
    records = _by_key(result)
    assert (records['sub04/EP12_01f'].apex, records['sub04/EP12_01f'].apex_source) == (279, 'erratum')
    mended = records['sub07/EP06_02']
    assert (mended.onset, mended.apex, mended.offset, mended.apex_source) == (66, 78, 91, 'erratum')
    assert mended.frame_ids == tuple(range(66, 92))
    assert [(applied.item, applied.erratum.field, applied.erratum.new_value) for applied in result.errata_applied] == [
        ('sub04/EP12_01f', 'apex', 279), ('sub07/EP06_02', 'offset', 91), ('sub07/EP06_02', 'apex', 78),
        ('sub24/EP02_07', 'clip', None)]


def test_without_errata_the_sheet_counts(release):
    result = read_casme2(release, errata=False)
    records = _by_key(result)
    assert result.errata_applied == ()
    assert (records['sub04/EP12_01f'].apex, records['sub04/EP12_01f'].apex_source) == (277, 'midpoint')
    assert (records['sub07/EP06_02'].apex, records['sub07/EP06_02'].offset) == (111, 111)
    assert 'sub24/EP02_07' in records and result.num_rows == len(result.records) + len(result.left_out)


def test_left_out(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 6 (sub02/EP03_2)', 'there is no folder sub02/EP03_2 in CASME2_RAW_selected', True),
        ('row 8 (sub03/EP01_1)', 'onset 40 comes after offset 39', True),
        ('row 9 (sub03/EP01_2)', "emotion 'boredom' is none of others, disgust, happiness, repression, surprise, "
                                 'sadness, fear', True),
        ('row 10 (sub03/EP01_3)', "OnsetFrame '10.5' is not a whole number", True),
        ('row 12 (sub03/EP01_4)', 'repeats row 11', False),
        ('row 13 (sub03/EP01_4)', 'contradicts row 11 of the same clip', True),
        ('row 16 (sub24/EP02_07)', 'removed by an erratum', False)]


def test_folders_without_a_row_and_remarks(result):
    assert 'sub03/EP99' in result.unlabelled and 'sub24/EP02_07' not in result.unlabelled
    assert result.remarks == (
        ('casme2/sub01/EP06_02_01', "no usable apex ('/'): the middle of onset and offset is used"),
        ('casme2/sub02/EP03_1', '3 of 9 frames are missing on disk'),
        ('casme2/sub02/EP03_1', 'apex frame 13 is missing on disk: frame 11 is used'),
        ('casme2/sub02/EP04', 'action units not understood: XYZ'))


@pytest.mark.parametrize('layout, prefix', [('raw', 'img'), ('cropped', 'reg_img')])
def test_other_layouts_give_the_same_frames(tmp_path, result, layout, prefix):
    other = read_casme2(write_mini_casme2(tmp_path, layout))
    assert other.layout == layout
    # The margin of the raw layout is not part of the clip.
    assert [record.frame_ids for record in other.records] == [record.frame_ids for record in result.records]
    assert Path(other.records[0].frame_paths[0]).name == f'{prefix}46.jpg'


def test_layout_can_be_chosen(tmp_path):
    write_mini_casme2(tmp_path, 'cropped')
    write_mini_casme2(tmp_path, 'raw')
    assert read_casme2(tmp_path).layout == 'raw'
    assert read_casme2(tmp_path, layout='cropped').layout == 'cropped'
    with pytest.raises(DatasetError, match=r"No frames of layout 'raw_selected' .*found: cropped, raw"):
        read_casme2(tmp_path, layout='raw_selected')
    with pytest.raises(DatasetError, match="Unknown layout 'rwa'"):
        read_casme2(tmp_path, layout='rwa')


def test_clip_folders_right_below_the_root(tmp_path):
    for prefix, layout in (('img', 'raw_selected'), ('reg_img', 'cropped')):
        root = tmp_path / prefix
        write_frames(root / 'Sub01/ep02_01F', range(46, 54), prefix, np.random.default_rng(0))
        write_sheet(root / 'labels.xlsx', [ROWS[0].cells()])
        result = read_casme2(root)
        assert result.layout == layout and len(result.records) == 1 and result.records[0].clip == 'EP02_01f'


def test_sheet_versions(tmp_path):
    write_mini_casme2(tmp_path, sheet='nested/CASME2-coding-updated.xlsx')
    assert read_casme2(tmp_path).source['sheet'] == 'CASME2-coding-updated.xlsx'
    shutil.copy(tmp_path / 'nested/CASME2-coding-updated.xlsx', tmp_path / 'casme2-CODING-20140508 (1).xlsx')
    (tmp_path / '~$CASME2-coding-20140508.xlsx').write_bytes(b'lock file of a spreadsheet program')
    assert read_casme2(tmp_path).source['sheet'] == 'casme2-CODING-20140508 (1).xlsx'


def test_unusable_apex_values(tmp_path):
    write_frames(tmp_path / 'raw/sub01/a', range(10, 21), 'img', np.random.default_rng(0))
    for apex, expected in ((9, (15, 'midpoint')), (21, (15, 'midpoint')), (None, (15, 'midpoint')),
                           (10, (10, 'sheet')), (20, (20, 'sheet'))):
        write_sheet(tmp_path / 'coding.xlsx', [(1, 'a', None, 10, apex, 20, None, 4, 'others')])
        (record,) = read_casme2(tmp_path).records
        assert (record.apex, record.apex_source) == expected


def test_a_folder_belongs_to_one_row(tmp_path):
    write_frames(tmp_path / 'raw/sub01/a', [1, 2], 'img', np.random.default_rng(0))
    write_sheet(tmp_path / 'coding.xlsx', [(1, clip, None, 1, 1, 2, None, 4, 'others') for clip in 'aA'])
    result = read_casme2(tmp_path)
    assert [record.clip for record in result.records] == ['a']
    assert result.left_out[0].reason == 'folder sub01/a already belongs to another row'


def test_bad_roots(tmp_path, release):
    with pytest.raises(DatasetError, match='does not exist'):
        read_casme2(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No coding sheet in'):
        read_casme2(tmp_path)
    shutil.copy(release / 'CASME2-coding-20140508.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No clip folders'):
        read_casme2(tmp_path)
    write_sheet(tmp_path / 'CASME2-coding-20140508.xlsx', [])
    with pytest.raises(DatasetError, match='has no row below its header'):
        read_casme2(tmp_path)
    for name in ('a.xlsx', 'b.xlsx', ):
        shutil.copy(release / 'CASME2-coding-20140508.xlsx', tmp_path / name)
    (tmp_path / 'CASME2-coding-20140508.xlsx').unlink()
    with pytest.raises(DatasetError, match=r'Several sheets in .*\(a\.xlsx, b\.xlsx\)'):
        read_casme2(tmp_path)


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '1', 'sub01', 'EP02_01f', 'a', '../a', '.', '4 or 7']))


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_row = st.tuples(_mostly('01', 1, 2), _mostly('a', 'b', 'EP02_01f'), st.none(), _mostly(1, 3), _mostly(4, '/', 3),
                 _mostly(5, 6), st.none(), _mostly('4+7', 12), _mostly('others', 'fear', 'Happiness'))
_header = _usually(st.just(HEADER), st.one_of(
    st.permutations(HEADER), st.lists(_cell, max_size=10),
    st.integers(0, 8).map(lambda gone: HEADER[:gone] + HEADER[gone + 1:])))
_folder = st.sampled_from(['sub01/a', 'sub01/b', 'sub02/a', 'sub1/EP02_01f', 'sub02/A/x', 'other/a', 'sub01/c'])
_file = st.tuples(_folder, st.sampled_from(['img', 'reg_img', '', 'x.']), st.integers(0, 8),
                  st.sampled_from(['.jpg', '.lnk', '.JPG']))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(_row, max_size=8), files=st.lists(_file, max_size=12), errata=st.booleans())
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, header, rows, files, errata):
    root = tmp_path_factory.mktemp('any')
    write_sheet(root / 'CASME2-coding-20140508.xlsx', rows, header)
    sound = [(f'sub{i:02d}/{clip}', 'img', n, '.jpg') for i in (1, 2) for clip in 'ab' for n in range(2, 6)]
    for folder, prefix, number, suffix in sound + files:
        (root / 'CASME2_RAW_selected' / folder).mkdir(parents=True, exist_ok=True)
        (root / 'CASME2_RAW_selected' / folder / f'{prefix}{number}{suffix}').touch()
    try:
        result = read_casme2(root, errata=errata)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    filled = sum(any(str(cell).strip() for cell in row if cell is not None) for row in rows)
    assert result.num_rows == len(result.records) + len(result.left_out) <= filled
    if header == HEADER:
        assert result.num_rows == filled
    ids = [record.sample_id for record in result.records]
    assert len(set(ids)) == len(ids)
    for record in result.records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
