from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from mini_casme_squared import (
    GOOD,
    GOOD_MACRO,
    MICRO,
    MICRO_ROWS,
    ROWS,
    SUBJECTS,
    VIDEOS,
    Row,
    write_book,
    write_images,
    write_mini_casme_squared,
)

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers import casme_squared
from fdp_mmaction.datasets.readers.casme_squared import (
    CASME_SQUARED,
    CASME_SQUARED_MACRO,
    CENSUS,
    MACRO_CENSUS,
    read_casme_squared,
    read_casme_squared_macro,
)
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_casme_squared(tmp_path_factory.mktemp('release'))


@pytest.fixture(scope='module')
def result(release):
    return read_casme_squared(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def _one(root: Path, row: Row, frame_ids, video: str = 's15/15_0102eatingworms', **how):
    """The result of a release of one row and one long video."""
    write_images(root / 'rawpic' / video, frame_ids, np.random.default_rng(0))
    write_book(root / 'code_final.xlsx', [row])
    return read_casme_squared(root, **how)


def test_census_of_the_real_release():
    assert (CENSUS.samples, CENSUS.subjects, CENSUS.certain, CENSUS.certain_split) == (57, 14, True, False)
    assert (MACRO_CENSUS.samples, MACRO_CENSUS.subjects, MACRO_CENSUS.certain_split) == (300, 20, False)
    both = {emotion: CENSUS.emotions[emotion] + MACRO_CENSUS.emotions[emotion] for emotion in CENSUS.emotions}
    assert both == dict(negative=126, positive=124, surprise=25, others=82)


def test_readers():
    assert (CASME_SQUARED.name, CASME_SQUARED_MACRO.name) == ('casme_squared', 'casme_squared_macro')
    assert CASME_SQUARED.read is read_casme_squared and CASME_SQUARED_MACRO.read is read_casme_squared_macro
    assert CASME_SQUARED.census is CENSUS and CASME_SQUARED_MACRO.census is MACRO_CENSUS
    assert CASME_SQUARED.fps == CASME_SQUARED_MACRO.fps == 30
    assert set(CASME_SQUARED.cropped_layouts) == {'cropped', 'long_cropped'} < set(CASME_SQUARED.layouts)


def test_built_in_tables():
    assert {number: f's{folder}' for folder, number in SUBJECTS} == casme_squared.SUBJECTS
    assert {stimulus: f'{int(code):04d}' for code, stimulus in VIDEOS} == casme_squared.VIDEOS


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(result.records) + len(result.left_out) == MICRO_ROWS + 1
    assert int(result.source['rows_of_other_type']) == len(ROWS) - MICRO_ROWS - 1


def test_records(release, result):
    records = _by_key(result)
    first = records['s15/disgust2_1_6']
    assert (first.sample_id, first.dataset, first.emotion) == (
        'casme_squared/s15/disgust2_1_6', 'casme_squared', 'others')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (6, 9, 12, 'sheet')
    assert first.action_units == ('43',) and first.objective_class is None
    assert first.frame_ids == tuple(range(6, 13))
    folder = release / 'rawpic/rawpic/s15/15_0102eatingworms'
    assert first.frame_paths == tuple(str(folder / f'img{n:03d}.jpg') for n in range(6, 13))
    second = records['s15/disgust2_2_998']
    assert second.frame_ids == (998, 999, 1000, 1001, 1002, 1003) and second.apex == 1000
    assert Path(second.frame_paths[2]).name == 'img1000.jpg'
    assert second.emotion == 'positive' and second.action_units == ('L12', 'R15')
    assert (records['s40/anger2_1_10'].emotion, records['s40/anger2_1_10'].action_units) == ('negative', ('4?', '5?'))
    assert records['s40/anger2_1_20'].emotion == 'others' and records['s40/anger2_1_20'].frame_ids == tuple(
        range(20, 25))


def test_undetermined_offset_and_apex(result):
    records = _by_key(result)
    no_offset, no_apex = records['s16/happy1_1_20'], records['s16/happy1_2_20']
    assert (no_offset.onset, no_offset.apex, no_offset.offset, no_offset.apex_source) == (20, 24, 24, 'sheet')
    assert no_offset.frame_ids == tuple(range(20, 25))
    assert (no_apex.apex, no_apex.offset, no_apex.apex_source) == (23, 26, 'midpoint')


def test_misspelt_folder_and_missing_frames(result):
    record = _by_key(result)['s16/happy2_1_3']
    assert Path(record.frame_paths[0]).parent.name == '16_0503unnyfarting'
    assert record.frame_ids == (3, 7, 8) and record.apex == 3 and (record.onset, record.offset) == (3, 8)


def test_video_in_the_folder_of_another_subject(result):
    record = _by_key(result)['s23/happy1_1_2']
    assert Path(record.frame_paths[0]).parts[-3:] == ('s19', '23_0502funnyerrors', 'img002.jpg')
    assert record.subject == 's23' and record.frame_ids == (2, 3, 4)


def test_left_out(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 7 (s16/happy1_3_40)', 'neither the offset (0) nor the apex (0) is determined', True),
        ('row 10 (s19/happy1_1_2)', 'there is no folder s19/19_0502 in rawpic', True),
        ('row 11 (s40/anger2_1_10)', "emotion 'boredom' is none of negative, positive, surprise, others", True),
        ('row 13 (s40/anger2_1_10)', 'repeats row 12', False),
        ('row 14 (s40/anger2_1_10)', 'contradicts row 12 of the same clip', True),
        ('row 16 (99/anger2_1_10)', "subject '99' is not in the table of subjects (naming rule1)", True),
        ('row 17 (s40/fear1_1_10)', "stimulus 'fear1' is not in the table of videos (naming rule2)", True),
        ('row 18 (s40/anger2_2_15)', 'onset 15 comes after offset 10', True),
        ('row 19 (s40/anger2_3_16.5)', "onset '16.5' is not a whole number", True),
        ('row 20 (s40/anger2_4_10)', "type 'blink' is neither micro-expression nor macro-expression", True),
        ('row 21 (s40/anger2_5_90)', 'folder s40/40_0402beatingpregnantwoman has no img<N>.jpg between onset 90 and '
                                     'offset 95', True)]


def test_folders_without_a_row_and_remarks(result):
    assert result.unlabelled == ('s16/16_0101disgustingteeth',)   # not the videos that hold macro-expressions only
    assert result.errata_applied == ()
    assert result.remarks == (
        ('casme_squared/s16/happy1_1_20', 'no offset is given: the movement ends at its apex'),
        ('casme_squared/s16/happy1_2_20', 'no usable apex (0): the middle of onset and offset is used'),
        ('casme_squared/s16/happy2_1_3', '3 of 6 frames are missing on disk'),
        ('casme_squared/s16/happy2_1_3', 'apex frame 5 is missing on disk: frame 3 is used'),
        ('casme_squared/s40/anger2_1_20', 'action units not understood: XYZ'))


def test_macro_expressions(release):
    result = read_casme_squared_macro(release)
    assert tuple(_by_key(result)) == GOOD_MACRO
    assert result.num_rows == len(result.records) + len(result.left_out) == len(GOOD_MACRO) + 1
    assert [entry.item for entry in result.left_out] == ['row 20 (s40/anger2_4_10)']
    assert int(result.source['rows_of_other_type']) == MICRO_ROWS
    macro = _by_key(result)['s15/disgust2_1_30']   # named like the micro-expression at frame 6
    assert macro.sample_id == 'casme_squared_macro/s15/disgust2_1_30' and macro.frame_ids == tuple(range(30, 41))
    assert result.remarks == (
        ('casme_squared_macro/s21/disgust1_2_5', 'no offset is given: the movement ends at its apex'),)
    assert result.unlabelled == ('s16/16_0101disgustingteeth',)
    with pytest.raises(DatasetError, match="Unknown kind of expression 'both'"):
        read_casme_squared(release, expression='both')


@pytest.mark.parametrize('layout, file', [
    ('selectedpic', 's15/disgust2_1/img006.jpg'), ('cropped', '15/disgust2_1/img006.jpg'),
    ('long_cropped', 's15/15_0102eatingworms/img_6.jpg')])
def test_other_layouts_give_the_same_frames(tmp_path, release, result, layout, file):
    write_mini_casme_squared(tmp_path, layout)
    for read, expected in ((read_casme_squared, result), (read_casme_squared_macro, read_casme_squared_macro(release))):
        other = read(tmp_path)
        assert other.layout == layout
        assert [record.sample_id for record in other.records] == [record.sample_id for record in expected.records]
        assert [record.frame_ids for record in other.records] == [record.frame_ids for record in expected.records]
        assert [entry.item for entry in other.left_out] == [entry.item for entry in expected.left_out]
    assert Path(read_casme_squared(tmp_path).records[0].frame_paths[0]).match(file)


def test_clip_folders_of_the_other_type_have_a_row(tmp_path):
    write_mini_casme_squared(tmp_path, 'selectedpic')
    # Four rows of micro-expressions gave nothing; the folders of macro-expressions are not listed.
    lost = ('s16/happy1_3', 's40/anger2_2', 's40/anger2_3', 's40/anger2_4')
    assert read_casme_squared(tmp_path).unlabelled == lost
    write_images(tmp_path / 'selectedpic/selectedpic/s40/anger2_9', [1], np.random.default_rng(0))
    assert read_casme_squared(tmp_path).unlabelled == (*lost, 's40/anger2_9')


def test_cropped_may_number_subjects_as_the_sheet_does(tmp_path):
    write_mini_casme_squared(tmp_path, 'cropped')
    folder = tmp_path / 'cropped/cropped'
    for name in ('15', '16', '21', '23', '40'):   # in this order no name is taken
        number = next(number for subject, number in SUBJECTS if str(subject) == name)
        (folder / name).rename(folder / f'_{number}')
    for path in sorted(folder.iterdir()):
        path.rename(folder / path.name[1:])
    assert tuple(_by_key(read_casme_squared(tmp_path))) == GOOD


def test_layout_can_be_chosen(tmp_path):
    write_mini_casme_squared(tmp_path, 'cropped')
    shutil.rmtree(tmp_path / 'rawvideo')
    write_mini_casme_squared(tmp_path, 'rawpic')
    assert read_casme_squared(tmp_path).layout == 'rawpic'
    assert read_casme_squared(tmp_path, layout='cropped').layout == 'cropped'
    with pytest.raises(DatasetError, match=r"No frames of layout 'selectedpic' .*found: cropped, rawpic"):
        read_casme_squared(tmp_path, layout='selectedpic')
    with pytest.raises(DatasetError, match="Unknown layout 'raw'"):
        read_casme_squared(tmp_path, layout='raw')


@pytest.mark.parametrize('folder, layout', [
    ('s15/15_0102eatingworms', 'rawpic'), ('S15/15_0102', 'rawpic'), ('s15/disgust2_1', 'selectedpic'),
    ('15/Disgust2_1', 'cropped')])
def test_folders_right_below_the_root(tmp_path, folder, layout):
    root = tmp_path / 'release'
    write_images(root / folder, range(6, 13), np.random.default_rng(0))
    write_book(root / 'code_final.xlsx', [ROWS[1]])
    result = read_casme_squared(root)
    assert result.layout == layout and [record.clip for record in result.records] == ['disgust2_1_6']


def test_a_video_of_the_subject_itself_is_preferred(tmp_path):
    for subject in ('s19', 's23'):
        write_images(tmp_path / f'rawpic/{subject}/23_0502funnyerrors', range(1, 7), np.random.default_rng(0))
    write_images(tmp_path / 'rawpic/s23/23_0502funny', range(1, 7), np.random.default_rng(0))
    write_images(tmp_path / 'rawpic/s23/backup', range(1, 7), np.random.default_rng(0))
    write_book(tmp_path / 'code_final.xlsx', [ROWS[8]])
    result = read_casme_squared(tmp_path)
    assert Path(result.records[0].frame_paths[0]).parts[-3:-1] == ('s23', '23_0502funny')
    assert result.unlabelled == ('s19/23_0502funnyerrors', 's23/23_0502funnyerrors', 's23/backup')


@pytest.mark.parametrize('name', ['CAS(ME)^2code_final.xlsx', 'CAS(ME)2code_final.xlsx', 'code_final.xlsx',
                                  'nested/cas(me)^2CODE_FINAL(Updated).xlsx', 'labels.xlsx'])
def test_names_of_the_sheet(tmp_path, name):
    write_mini_casme_squared(tmp_path, sheet=name)
    assert read_casme_squared(tmp_path).source['sheet'] == Path(name).name
    if name != 'labels.xlsx':
        shutil.copy(tmp_path / name, tmp_path / 'labels.xlsx')   # of no matter
        assert read_casme_squared(tmp_path).source['sheet'] == Path(name).name


def test_naming_rules_may_be_missing(tmp_path, release, result):
    shutil.copytree(release / 'rawpic', tmp_path / 'rawpic')
    for subjects, videos in ((None, None), ((), ()), ([('no', 'table')], [('no', 'table')])):
        write_book(tmp_path / 'code_final.xlsx', subjects=subjects, videos=videos)
        assert _by_key(read_casme_squared(tmp_path)).keys() == _by_key(result).keys()


def test_naming_rules_may_name_more(tmp_path):
    write_images(tmp_path / 'rawpic/s41/41_0601fear', range(1, 9), np.random.default_rng(0))
    row = Row(23, 'fear1_1', 2, 3, 4, '1+2+4', 'negative', MICRO)
    write_book(tmp_path / 'code_final.xlsx', [row], (*SUBJECTS, (41, 23)), (*VIDEOS, (601, 'Fear1')))
    assert list(_by_key(read_casme_squared(tmp_path))) == ['s41/fear1_1_2']


def test_naming_rules_must_not_contradict_the_release(tmp_path):
    write_images(tmp_path / 'rawpic/s15/15_0102', range(1, 9), np.random.default_rng(0))
    write_book(tmp_path / 'code_final.xlsx', subjects=[(15, 1), (17, 2)])
    with pytest.raises(DatasetError, match=r'naming rule1, row 2 says that subject 2 is s17, not s16'):
        read_casme_squared(tmp_path)
    write_book(tmp_path / 'code_final.xlsx', videos=[('0101', 'disgust1'), ('0101', 'disgust2')])
    with pytest.raises(DatasetError, match=r'naming rule2, row 2 says that disgust2 is video 0101, not 0102'):
        read_casme_squared(tmp_path)


def test_sheets_are_found_by_name_before_position(tmp_path):
    book = write_book(tmp_path / 'code_final.xlsx', [ROWS[1]])
    loaded = openpyxl.load_workbook(book)
    loaded.move_sheet('CASFEcode_final', 2)
    loaded['naming rule1'].title = 'subjects'
    loaded.save(book)
    write_images(tmp_path / 'rawpic/s15/15_0102', range(1, 20), np.random.default_rng(0))
    assert list(_by_key(read_casme_squared(tmp_path))) == ['s15/disgust2_1_6']


@pytest.mark.parametrize('apex, offset, expected', [
    (8, 12, (8, 12, 'sheet')), (5, 12, (9, 12, 'midpoint')), (13, 12, (9, 12, 'midpoint')),
    (0, 12, (9, 12, 'midpoint')), (None, 12, (9, 12, 'midpoint')), (12, 0, (12, 12, 'sheet')),
    (12, None, (12, 12, 'sheet')), (6, '/', (6, 6, 'sheet'))])
def test_unusable_apex_and_offset_values(tmp_path, apex, offset, expected):
    row = Row(1, 'disgust2_1', 6, apex, offset, '4', 'negative', MICRO)
    (record,) = _one(tmp_path, row, range(1, 20)).records
    assert (record.apex, record.offset, record.apex_source) == expected


@pytest.mark.parametrize('changes, reason', [
    (dict(apex=5, offset=0), 'onset 6 comes after offset 5'),
    (dict(offset='later'), "offset 'later' is not a whole number"),
    (dict(subject='s15'), "subject 's15' is not in the table"), (dict(subject=None), "subject '' is not in the table"),
    (dict(clip=None), 'no clip is named'), (dict(type=None), "type '' is neither"),
    (dict(clip='disgust2/1'), "stimulus 'disgust2/1' is not in the table"),
    (dict(clip='disgust2_../1'), "clip 'disgust2_../1_6' is not the name of a folder"),
    (dict(apex='x', offset=0), "neither the offset (0) nor the apex ('x') is determined"),
    (dict(apex='x'), "apex 'x' is not a whole number")])
def test_unusable_rows(tmp_path, changes, reason):
    row = Row(1, 'disgust2_1', 6, 9, 12, '4', 'negative', MICRO)._replace(**changes)
    result = _one(tmp_path, row, range(1, 20))
    (entry,) = result.left_out
    assert entry.lost and entry.reason.startswith(reason) and not result.records


def test_bad_roots(tmp_path, release):
    with pytest.raises(DatasetError, match='does not exist'):
        read_casme_squared(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No coding sheet in'):
        read_casme_squared(tmp_path)
    shutil.copy(release / 'CAS(ME)^2blink-code.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No coding sheet in'):
        read_casme_squared(tmp_path)
    shutil.copy(release / 'CAS(ME)^2code_final.xlsx', tmp_path)
    with pytest.raises(DatasetError, match='No folders s15/15_0101'):
        read_casme_squared(tmp_path)
    write_book(tmp_path / 'CAS(ME)^2code_final.xlsx', [])
    with pytest.raises(DatasetError, match='has no row'):
        read_casme_squared(tmp_path)
    (tmp_path / 'CAS(ME)^2code_final.xlsx').write_bytes(b'PK')
    with pytest.raises(DatasetError, match='cannot be read as xlsx'):
        read_casme_squared(tmp_path)
    shutil.copy(release / 'CAS(ME)^2code_final.xlsx', tmp_path / 'code_final (1).xlsx')
    with pytest.raises(DatasetError, match=r'Several sheets in .*code_final \(1\)\.xlsx'):
        read_casme_squared(tmp_path)


def test_preparation(tmp_path):
    write_mini_casme_squared(tmp_path / 'release', 'cropped')
    report = prepare_release(CASME_SQUARED, tmp_path / 'release', tmp_path / 'out',
                             PreparationSettings(size=32, landmark_source='none'))
    assert [record['sample_id'] for record in report.data_list] == [f'casme_squared/{key}' for key in GOOD]
    assert '8 samples found, expected 57.' in report.deviations
    assert '2 samples of negative found, expected (unconfirmed) 21.' in report.deviations
    assert np.load(tmp_path / 'out/clips/s15/disgust2_1_6.npy').shape == (7, 32, 32)
