from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import write_frames
from mini_casme3 import GOOD, HEADER, ROWS, V1, V2, write_label_sheet, write_mini_casme3

from fdp_mmaction.datasets.readers.casme3 import (
    CASME3,
    CASME3_ERRATA,
    CASME3_V1,
    CENSUS,
    CENSUS_V1,
    colour_folder,
    objective_class,
    read_casme3,
)
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme3(tmp_path_factory.mktemp('CASME3'))


@pytest.fixture(scope='module')
def result(release):
    return read_casme3(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def _write(root: Path, *rows: tuple, sheet: str = V2, video: str = 'spNO.1/a/color', frames=range(10, 21)) -> Path:
    write_label_sheet(root / sheet, rows)
    write_frames(root / video, frames, '', np.random.default_rng(0))
    return root


def test_census_of_the_real_release():
    assert CENSUS.samples == 860 and CENSUS.subjects == 94 and CENSUS.certain and CASME3.census is CENSUS
    assert CENSUS_V1.samples == 943 and CENSUS_V1.certain and CASME3_V1.census is CENSUS_V1
    assert (CENSUS_V1.certain_split, CENSUS_V1.certain_subjects) == (False, False)
    assert (CASME3.name, CASME3_V1.name) == ('casme3', 'casme3_v1')


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(ROWS) == len(result.records) + len(result.left_out)
    assert result.census is CENSUS and result.layout == 'full'


def test_source(release, result):
    assert dict(result.source, sheet_checksum='') == {
        'folder': release.name, 'sheet': V2, 'sheet_checksum': '', 'version': 'v2',
        'clips': 'part_A/data/part_A_split/part_A'}
    assert len(result.source['sheet_checksum']) == 64


def test_records(release, result):
    records = _by_key(result)
    first = records['spNO.1/b_16']
    assert (first.sample_id, first.dataset, first.emotion) == ('casme3/spNO.1/b_16', 'casme3', 'disgust')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (16, 20, 23, 'sheet')
    assert first.action_units == ('4',) and first.objective_class == 3
    folder = release / 'part_A/data/part_A_split/part_A/spNO.1/b/color'
    assert first.frame_paths == tuple(str(folder / f'{n}.jpg') for n in range(16, 24))


def test_several_movements_of_one_video(result):
    records = _by_key(result)
    second = records['spNO.1/b_30']                # Filename B, folder b
    assert second.frame_ids == tuple(range(30, 36)) and second.emotion == 'surprise'
    assert second.action_units == ('L2', 'L1') and second.objective_class == 2
    assert Path(second.frame_paths[0]).parent == Path(records['spNO.1/b_16'].frame_paths[0]).parent


def test_peculiar_rows(result):
    records = _by_key(result)
    at_onset = records['spNO.1/j_8']               # Filename j, folder J
    assert (at_onset.onset, at_onset.apex, at_onset.offset, at_onset.apex_source) == (8, 8, 12, 'sheet')
    assert at_onset.emotion == 'happiness' and at_onset.objective_class == 7
    dropped = records['spNO.10/c_5']
    assert dropped.frame_ids == (5, 6, 10, 11, 12, 13, 14) and dropped.apex == 6
    assert dropped.action_units == ('T28', '14') and dropped.objective_class == 7 and dropped.emotion == 'others'
    short = records['spNO.10/d_40']
    assert short.frame_ids == (40, 41) and short.action_units == ('38',) and short.objective_class == 7
    assert short.emotion == 'sadness'
    before = records['spNO.2/a_10']
    assert (before.apex, before.apex_source, before.objective_class) == (15, 'midpoint', None)


def test_errata_are_applied_and_listed(result):
    records = _by_key(result)
    mended = [(name, *(getattr(records[name], field) for field in ('onset', 'apex', 'offset', 'apex_source')))
              for name in GOOD[5:11]]
    assert mended == [
        ('spNO.149/d_112', 112, 160, 358, 'erratum'), ('spNO.214/c_5', 5, 5, 34, 'sheet'),
        ('spNO.216/d_3647', 2647, 2668, 2694, 'sheet'), ('spNO.216/e_0', 1, 1, 25, 'erratum'),
        ('spNO.40/e_1812', 1812, 1818, 1845, 'sheet'), ('spNO.40/e_2327', 2327, 2333, 2403, 'sheet')]
    assert records['spNO.40/e_1812'].frame_ids == tuple(range(1812, 1846))
    assert [(applied.item, applied.erratum) for applied in result.errata_applied] == [
        (item, erratum) for item, erratum in zip(
            [*GOOD[5:8], 'spNO.216/e_0', 'spNO.216/e_0', *GOOD[9:11]], CASME3_ERRATA)]


def test_without_errata_the_sheet_counts(release):
    result = read_casme3(release, errata=False)
    records = _by_key(result)
    assert result.errata_applied == () and result.num_rows == len(result.records) + len(result.left_out)
    assert (records['spNO.216/e_0'].onset, records['spNO.216/e_0'].apex) == (0, 1)
    assert records['spNO.149/d_112'].apex_source == 'midpoint'
    assert records['spNO.214/c_5'].frame_ids[-1] == 41
    reasons = {entry.item: entry.reason for entry in result.left_out}
    assert reasons['row 9 (spNO.216/d_3647)'] == 'onset 3647 comes after offset 2694'
    assert reasons['row 11 (spNO.40/e_1812)'] == 'onset 1812 comes after offset 0'


def test_errata_leave_a_corrected_sheet_alone(tmp_path):
    rows = [('spNO.149', 'd', 112, 123, 358), ('spNO.214', 'c', 5, 5, 34), ('spNO.216', 'd', 2647, 2668, 2694),
            ('spNO.216', 'e', 1, 12, 25), ('spNO.40', 'e', 1812, 1818, 1840), ('spNO.149', 'e', 112, 83, 358)]
    result = read_casme3(_write(tmp_path, *((*row, '4', 'I', 'fear') for row in rows)))
    assert result.errata_applied == ()


def test_errata_do_not_mind_the_case_of_letters(tmp_path):
    result = read_casme3(_write(tmp_path, ('spno.214', 'C', 5, 5, 3460, '4', 'I', 'fear'), video='spNO.214/c/color'))
    assert [record.offset for record in result.records] == [34] and len(result.errata_applied) == 1


def test_left_out(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 14 (spNO.2/m_1)', 'there is no folder spNO.2/m in part_A', True),
        ('row 15 (spNO.2/a_30)', "emotion 'boredom' is none of disgust, surprise, others, fear, anger, sadness, "
                                 'happiness', True),
        ('row 16 (spNO.2/a_x)', "Onset 'x' is not a whole number", True),
        ('row 17 (spNO.2/a/b_30)', "Filename 'a/b' is not the letter of a video", True),
        ('row 18 (spNO.1/b_16)', 'repeats row 2', False),
        ('row 19 (spNO.1/b_16)', 'contradicts row 2 of the same clip', True),
        ('row 20 (spNO.3/k_100)', 'there is no folder spNO.3/k in part_A', True),
        ('row 21 (spNO.3/l_100)', 'folder spNO.3/l has no <N>.jpg between onset 100 and offset 103', True),
        ('row 22 (spNO.3/l_50)', 'onset 50 comes after offset 40', True)]


def test_remarks(result):
    assert result.remarks == (
        ('casme3/spNO.10/c_5', '3 of 10 frames are missing on disk'),
        ('casme3/spNO.10/c_5', 'apex frame 8 is missing on disk: frame 6 is used'),
        ('casme3/spNO.10/d_40', 'marked as shaded: part of the face is covered'),
        ('casme3/spNO.149/d_112', '236 of 247 frames are missing on disk'),
        ('casme3/spNO.216/d_3647', '13 of 48 frames are missing on disk'),
        ('casme3/spNO.2/a_10', 'no usable apex (9): the middle of onset and offset is used'))


def test_videos_without_a_micro_expression_are_normal(result):
    assert result.unlabelled == ()


def test_clips_give_the_same_frames(tmp_path, result):
    clips = read_casme3(write_mini_casme3(tmp_path, 'clips'))
    assert clips.layout == 'clips' and clips.source['clips'] == 'Part_A_ME_clip/frame'
    assert [(r.sample_id, r.frame_ids, r.apex) for r in clips.records] == [
        (r.sample_id, r.frame_ids, r.apex) for r in result.records]
    assert clips.unlabelled == ('spNO.77/b_9',)
    reasons = {entry.item: entry.reason for entry in clips.left_out}
    assert reasons['row 14 (spNO.2/m_1)'] == 'there is no folder spNO.2/m_1 in frame'      # the depth clip is no frame
    assert reasons['row 21 (spNO.3/l_100)'].startswith('folder spNO.3/l_100 has no <N>.jpg')


def test_layout_can_be_chosen(tmp_path):
    write_mini_casme3(tmp_path, 'clips')
    with pytest.raises(DatasetError, match=r"No frames of layout 'full' .*found: clips"):
        read_casme3(tmp_path, layout='full')
    write_frames(tmp_path / 'part_A/RGB_Depth/spNO.1/b/color', range(10, 40), '', np.random.default_rng(0))
    assert read_casme3(tmp_path).layout == 'full'
    assert read_casme3(tmp_path, layout='clips').layout == 'clips'
    with pytest.raises(DatasetError, match="Unknown layout 'raw': choose one of auto, full, clips"):
        read_casme3(tmp_path, layout='raw')


def test_version_1_is_a_dataset_of_its_own(tmp_path):
    write_mini_casme3(tmp_path, sheet=V1)
    with pytest.raises(DatasetError, match=r'are of version v1 .*_v1\.xls\): put .*_v2\.xlsx there, or choose the '
                                           r'dataset casme3_v1\.'):
        read_casme3(tmp_path)
    result = CASME3_V1.read(tmp_path)
    assert result.source['version'] == 'v1' and result.source['sheet'] == V1 and result.census is CENSUS_V1
    assert tuple(_by_key(result)) == GOOD and result.records[0].sample_id == 'casme3_v1/spNO.1/b_16'
    assert CASME3_V1.read(tmp_path, dataset='other').records[0].sample_id == 'other/spNO.1/b_16'


def test_which_sheet_is_read(tmp_path):
    row = ('spNO.1', 'a', 10, 11, 12, '4', 'I', 'fear')
    _write(tmp_path, row, sheet='annotation/my labels.xlsx')
    assert read_casme3(tmp_path).source['sheet'] == 'my labels.xlsx'
    _write(tmp_path, row, sheet=V1)
    _write(tmp_path, row, sheet='annotation/cas(me)3_part_A_ME_label_JpgIndex_v2_20250903.xlsx')
    assert read_casme3(tmp_path).source['sheet'].endswith('_v2_20250903.xlsx')
    assert read_casme3(tmp_path, version='v1').source['sheet'] == V1
    _write(tmp_path, row, sheet='annotation/cas(me)3_part_A_ME_label_JpgIndex_v2_refined.xlsx')
    with pytest.raises(DatasetError, match=r'Several sheets in .*_20250903\.xlsx, .*_refined\.xlsx\): keep the one'):
        read_casme3(tmp_path)
    _write(tmp_path, row, sheet=V2)
    (tmp_path / f'~${V2}').write_bytes(b'lock file of a spreadsheet program')
    assert read_casme3(tmp_path).source['sheet'] == V2


def test_spotting_and_other_sheets_are_refused(tmp_path):
    spotting = tmp_path / 'CAS(ME)3_part_A_v2.xls'
    header = ('Subject', 'Filename', 'Onset', 'Apex', 'Offset', 'AU', 'Objective class', 'Expression type')
    write_label_sheet(spotting, [('spNO.1', 'a', 1, 2, 3, '4', 'I', 'Micro-expression')], header)
    with pytest.raises(DatasetError, match='CAS.ME.3_part_A_v2.xls lists all movements for spotting, without emotions'):
        read_casme3(tmp_path)
    spotting.unlink()
    write_label_sheet(tmp_path / V2, [('spNO.1', 'a', 1, 2, 3, '4', 'I')], HEADER[:7])
    with pytest.raises(DatasetError, match='gives no emotion: put cas.me.3_part_A_ME_label_JpgIndex_v2.xlsx'):
        read_casme3(tmp_path)
    (tmp_path / V2).rename(tmp_path / 'CAS(ME)3_part_A_wrongly_labeled_me_in_V1.xlsx')
    with pytest.raises(DatasetError, match='No label sheet of part A in'):
        read_casme3(tmp_path)


def test_action_units_and_classes_may_be_missing(tmp_path):
    write_label_sheet(tmp_path / V2, [('spNO.1', 'a', 10, 11, 12, 'sad')], (*HEADER[:5], 'Emotion'))
    write_frames(tmp_path / 'spNO.1/a', [10, 11, 12], '', np.random.default_rng(0))     # a copy without color/
    (record,) = read_casme3(tmp_path).records
    assert record.action_units == () and record.objective_class is None and record.emotion == 'sadness'


def test_bad_roots(tmp_path):
    with pytest.raises(DatasetError, match='does not exist: give the folder that holds cas.me.3_part_A_ME_label'):
        read_casme3(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No label sheet of part A in'):
        read_casme3(tmp_path)
    write_label_sheet(tmp_path / V2, ROWS)
    with pytest.raises(DatasetError, match=r'No videos spNO\.<number>/<letter>/color in'):
        read_casme3(tmp_path)
    (tmp_path / V2).write_bytes(b'no workbook')
    with pytest.raises(DatasetError, match='cannot be read as xlsx'):
        read_casme3(tmp_path)


def test_colour_folder(tmp_path):
    for name in ('both/Color', 'both/depth', 'depth only/depth', 'bare'):
        (tmp_path / name).mkdir(parents=True)
    assert colour_folder(tmp_path / 'both') == tmp_path / 'both/Color'
    assert colour_folder(tmp_path / 'depth only') is None
    assert colour_folder(tmp_path / 'bare') == tmp_path / 'bare'


def test_objective_class():
    cells = ('I', ' iv', 'Ⅲ', 7, 2.0, '5')
    assert [objective_class(cell) for cell in cells] == [1, 4, 3, 7, 2, 5]
    assert [objective_class(cell) for cell in (None, '', 'VIII', 0, 8, 1.5, True, 'IIII')] == [None] * 8


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '1', 'spNO.1', 'b', 'spNO1', '../a', '.', 'VII', 'Micro-expression']))


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_row = st.tuples(_mostly('spNO.1', 'spno 2', 1), _mostly('a', 'B', 'b'), _mostly(1, 3, 0), _mostly(4, '/', 3),
                 _mostly(5, 6), _mostly('L2+L1', 12), _mostly('III', 1), _mostly('others', 'fear', 'Happy'))
_header = _usually(st.just(HEADER), st.one_of(
    st.permutations(HEADER), st.lists(_cell, max_size=10), st.just((*HEADER[:8], 'Expression type')),
    st.integers(0, 8).map(lambda gone: HEADER[:gone] + HEADER[gone + 1:])))
_folder = st.sampled_from(['spNO.1/a/color', 'spNO.1/A/color', 'spNO1/b/color', 'spNO.2/b/depth', 'frame/spNO.1_a_1',
                           'spNO.2/spNO.2/a/color', 'frame/spNo.2_B_3', 'depth/spNO.1_a_3', 'part_B/spNO.1/a/color'])
_file = st.tuples(_folder, st.sampled_from(['', 'img']), st.integers(0, 8), st.sampled_from(['.jpg', '.db', '.png']))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(_row, min_size=1, max_size=8), files=st.lists(_file, max_size=12),
       errata=st.booleans(), layout=_usually(st.just('auto'), st.sampled_from(['full', 'clips', 'x'])),
       old=st.booleans(), complete=_usually(st.just(True), st.just(False)))
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, header, rows, files, errata, layout,
                                                             old, complete):
    root = tmp_path_factory.mktemp('any')
    try:
        write_label_sheet(root / (V1 if old else V2), [[_plain(cell) for cell in row] for row in rows],
                          [_plain(cell) for cell in header])
        sound = [(f'spNO.{i}/{video}/color', '', n, '.jpg') for i in (1, 2) for video in 'ab' for n in range(2, 6)]
        for folder, prefix, number, suffix in (sound if complete else []) + files:
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / f'{prefix}{number}{suffix}').touch()
        try:
            result = (CASME3_V1 if old else CASME3).read(root, errata=errata, layout=layout, dataset='any')
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
        assert not any('depth' in path or 'part_B' in path for path in record.frame_paths)


def _plain(cell: object) -> object:
    """A cell that both formats can hold: huge and special numbers as text."""
    return str(cell) if isinstance(cell, (int, float)) and not abs(cell) < 2 ** 50 else cell
