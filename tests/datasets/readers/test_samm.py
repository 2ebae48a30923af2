from __future__ import annotations

import shutil
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_samm import GOOD, HEADER, PREAMBLE, ROWS, write_frames, write_mini_samm, write_sheet

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.samm import CENSUS, SAMM, read_samm
from fdp_mmaction.datasets.samm import SAMMDataset
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def release(tmp_path_factory) -> Path:
    return write_mini_samm(tmp_path_factory.mktemp('release'))


@pytest.fixture(scope='module')
def result(release):
    return read_samm(release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_of_the_real_release():
    assert CENSUS.samples == 159 and CENSUS.subjects == 29 and CENSUS.certain
    assert set(CENSUS.emotions) == SAMMDataset.EMOTIONS
    assert (SAMM.name, SAMM.fps, SAMM.layouts, SAMM.cropped_layouts) == ('samm', 200, ('raw', 'cropped'), ('cropped',))


def test_every_row_is_accounted_for(result):
    assert tuple(_by_key(result)) == GOOD
    assert result.num_rows == len(ROWS) == len(result.records) + len(result.left_out)


def test_records(release, result):
    records = _by_key(result)
    first = records['006/006_1_2']
    assert (first.sample_id, first.dataset, first.emotion) == ('samm/006/006_1_2', 'samm', 'anger')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (5562, 5566, 5570, 'sheet')
    assert first.action_units == ('4',) and first.objective_class == 1
    assert first.frame_ids == tuple(range(5562, 5571))
    assert first.frame_paths[0] == str(release / 'SAMM/006/006_1_2/006_05562.jpg')
    across = records['006/006_1_3']
    assert across.frame_ids == tuple(range(9998, 10004)) and across.apex == 10001
    assert (across.action_units, across.emotion, across.objective_class) == (('R12', 'R15'), 'contempt', 2)
    gap = records['007/007_3_1']
    assert gap.frame_ids == (96, 97, 101, 102, 103) and gap.apex == 97 and gap.apex_source == 'sheet'
    assert (gap.action_units, gap.emotion, gap.objective_class) == (('12?', '14?'), 'others', 3)
    late = records['007/007_5_3']
    assert (late.apex, late.apex_source, late.emotion, late.objective_class) == (23, 'midpoint', 'others', None)
    assert late.action_units == ('R14A',)
    unmarked = records['011/011_2_2']
    assert (unmarked.apex, unmarked.apex_source, unmarked.objective_class) == (12, 'midpoint', None)
    assert records['037/037_3_2'].frame_ids == tuple(range(50, 61))


def test_errata_are_applied_only_where_the_sheet_is_wrong(result):
    records = _by_key(result)
    assert (records['028/028_4_1'].apex, records['028/028_4_1'].apex_source) == (1105, 'erratum')
    # The estimate 4945 lies outside onset..offset here, so it cannot be meant.
    assert (records['032/032_3_1'].apex, records['032/032_3_1'].apex_source) == (33, 'midpoint')
    shortened = records['011/011_2_1']
    assert (shortened.offset, shortened.frame_ids, shortened.apex_source) == (5739, tuple(range(5730, 5740)), 'sheet')
    assert [(applied.item, applied.erratum.field, applied.erratum.bad_value, applied.erratum.new_value)
            for applied in result.errata_applied] == [
        ('028/028_4_1', 'apex', 1090, 1105), ('011/011_2_1', 'offset', 5793, 5739)]
    assert all('tvaranka/meb' in applied.erratum.source for applied in result.errata_applied)


@pytest.mark.parametrize('apex, offset, applied', [
    (1102, 1110, []), (1100, 1110, []), (None, 1110, ['apex']), ('/', 1110, ['apex']), (1111, 1110, ['apex']),
    (1090, 1104, []), (1090, 1105, ['apex'])])
def test_apex_estimate_needs_an_unusable_apex_and_an_estimate_inside(tmp_path, apex, offset, applied):
    write_frames(tmp_path / '028/028_4_1', '028', range(1100, 1111))
    write_sheet(tmp_path / 'facs.xlsx', [ROWS[4]._replace(apex=apex, offset=offset).cells()])
    result = read_samm(tmp_path)
    assert [entry.erratum.field for entry in result.errata_applied] == applied
    assert len(result.records) == 1


@pytest.mark.parametrize('last, offset, applied', [(5739, 5739, []), (5739, 5735, [5739]), (5740, 5735, []),
                                                   (5738, 5793, []), (5739, 5793, [5739])])
def test_offset_is_corrected_by_the_last_frame_on_disk(tmp_path, last, offset, applied):
    write_frames(tmp_path / '011/011_2_1', '011', range(5730, last + 1))
    write_sheet(tmp_path / 'facs.xlsx', [ROWS[6]._replace(offset=offset).cells()])
    result = read_samm(tmp_path)
    assert [entry.erratum.new_value for entry in result.errata_applied] == applied
    assert result.records[0].offset == (5739 if applied else offset)
    assert read_samm(tmp_path, errata=False).records[0].offset == offset


def test_without_errata_the_sheet_counts(release):
    result = read_samm(release, errata=False)
    records = _by_key(result)
    assert result.errata_applied == ()
    assert (records['028/028_4_1'].apex, records['028/028_4_1'].apex_source) == (1105, 'midpoint')
    assert records['011/011_2_1'].offset == 5793
    assert result.num_rows == len(result.records) + len(result.left_out)


def test_left_out(result):
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 23 (011/011_2_3)', 'there is no folder 011/011_2_3 in SAMM', True),
        ('row 24 (011/011_2_4)', "emotion 'repression' is none of anger, happiness, others, surprise, contempt, "
                                 'disgust, fear, sadness', True),
        ('row 25 (011/011_2_5)', "Apex Frame 'n/a' is not a whole number", True),
        ('row 26 (011/011_2_2)', 'repeats row 22', False),
        ('row 27 (011/011_2_2)', 'contradicts row 22 of the same clip', True),
        ('row 28 (total/)', "Subject 'total' is not the name of a subject", True)]


def test_folders_without_a_row_and_remarks(result):
    assert result.unlabelled == ('011/011_2_4', '011/011_2_5', '037/037_9_9')
    assert result.remarks == (
        ('samm/007/007_3_1', '3 of 8 frames are missing on disk'),
        ('samm/007/007_3_1', 'apex frame 99 is missing on disk: frame 97 is used'),
        ('samm/007/007_5_3', 'no usable apex (30): the middle of onset and offset is used'),
        ('samm/032/032_3_1', 'no usable apex (12): the middle of onset and offset is used'),
        ('samm/011/011_2_1', 'action units not understood: XYZ'),
        ('samm/011/011_2_2', 'no usable apex (-1): the middle of onset and offset is used'))


def test_the_cleaned_sheet_reads_alike(release, result, tmp_path):
    write_sheet(tmp_path / 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx', [row.cells() for row in ROWS], preamble=())
    shutil.copytree(release / 'SAMM', tmp_path / 'SAMM')
    other = read_samm(tmp_path)
    assert other.source['sheet'] == 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx'
    assert [record.sample_id for record in other.records] == [record.sample_id for record in result.records]
    assert other.left_out[0].item == 'row 10 (011/011_2_3)'


def test_which_sheet_is_read(release, tmp_path):
    for name in ('a/SAMM_LongVideos_V2_Release.xlsx', 'a/SAMM_20181215_Micro_FACS_Codes_v2.xlsx'):
        write_sheet(tmp_path / name, [ROWS[0].cells()])
    write_frames(tmp_path / '006/006_1_2', '006', [5562])
    assert read_samm(tmp_path).source['sheet'] == 'SAMM_20181215_Micro_FACS_Codes_v2.xlsx'
    write_sheet(tmp_path / 'a/SAMM_Micro_FACS_Codes_v2.xlsx', [ROWS[0].cells()])
    (tmp_path / '~$SAMM_Micro_FACS_Codes_v2.xlsx').write_bytes(b'lock file of a spreadsheet program')
    assert read_samm(tmp_path).source['sheet'] == 'SAMM_Micro_FACS_Codes_v2.xlsx'


def test_a_sheet_without_objective_classes_will_do(tmp_path):
    write_sheet(tmp_path / 'facs.xlsx', [ROWS[0].cells()[:10]], HEADER[:10])
    write_frames(tmp_path / '6/006_1_2', '006', range(5562, 5571))
    (record,) = read_samm(tmp_path).records
    assert record.objective_class is None and record.subject == '006'
    write_sheet(tmp_path / 'facs.xlsx', [ROWS[0].cells()[:9]], HEADER[:9])
    with pytest.raises(DatasetError, match="has no column 'Estimated Emotion'"):
        read_samm(tmp_path)


def test_cropped_layout(tmp_path, result):
    other = read_samm(write_mini_samm(tmp_path, 'SAMM_CROP'))
    assert other.layout == 'cropped'
    assert [record.frame_ids for record in other.records] == [record.frame_ids for record in result.records]
    write_mini_samm(tmp_path, 'SAMM')
    assert read_samm(tmp_path).layout == 'raw' and read_samm(tmp_path, layout='cropped').layout == 'cropped'
    shutil.rmtree(tmp_path / 'SAMM_CROP')
    with pytest.raises(DatasetError, match=r"No frames of layout 'cropped' .*found: raw"):
        read_samm(tmp_path, layout='cropped')
    with pytest.raises(DatasetError, match="Unknown layout 'corpped'"):
        read_samm(tmp_path, layout='corpped')


def test_bad_roots(tmp_path, release):
    with pytest.raises(DatasetError, match='does not exist'):
        read_samm(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No annotation sheet in'):
        read_samm(tmp_path)
    sheet = tmp_path / 'SAMM_Micro_FACS_Codes_v2.xlsx'
    shutil.copy(release / sheet.name, sheet)
    with pytest.raises(DatasetError, match='No clip folders 006/006_1_2 in'):
        read_samm(tmp_path)
    write_sheet(sheet, [])
    with pytest.raises(DatasetError, match='has no row below its header'):
        read_samm(tmp_path)
    write_sheet(sheet, [ROWS[0].cells()], ('a', 'b'))
    with pytest.raises(DatasetError, match="has no header row with 'Subject' and 'Filename'"):
        read_samm(tmp_path)
    for name in ('a.xlsx', 'b.xlsx'):
        sheet = sheet.rename(tmp_path / name) if name == 'a.xlsx' else shutil.copy(sheet, tmp_path / name)
    with pytest.raises(DatasetError, match=r'Several sheets in .*\(a\.xlsx, b\.xlsx\)'):
        read_samm(tmp_path)


def test_prepared_and_loaded(release, tmp_path):
    preparation = PreparationSettings(size=24, landmark_options={'folder': str(release / 'landmarks')})
    report = prepare_release(SAMM, release, tmp_path / 'out', preparation)
    assert len(report.data_list) == len(GOOD)
    assert '9 samples found, expected 159.' in report.deviations
    test = SAMMDataset(str(tmp_path / 'out'), test_subject='007', test_mode=True)
    assert {test.get_data_info(index)['sample_id'] for index in range(len(test))} == {
        'samm/007/007_3_1', 'samm/007/007_5_3'}
    assert len(SAMMDataset(str(tmp_path / 'out'), protocol='3-class', test_subject='006')) == 5


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '1', '006', '006_1_2', 'a', '../a', '.', '4 or 7', 5739, 1105]))


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_row = st.tuples(_mostly('006', 6, 28), _mostly('006_1_2', '006_1_3', '028_4_1'), st.none(), _mostly(1, 1100),
                 _mostly(4, -1, 1105), _mostly(6, 1110, 5793), st.none(), st.none(), _mostly('4 + 7', 12),
                 _mostly('Other', 'Fear', 'Happiness'), _mostly(1, 7), st.none())
_header = _usually(st.just(HEADER), st.one_of(
    st.permutations(HEADER), st.lists(_cell, max_size=12),
    st.integers(0, 11).map(lambda gone: HEADER[:gone] + HEADER[gone + 1:])))
_folder = st.sampled_from(['006/006_1_2', '6/006_1_3', '028/028_4_1', '006/006_1_2/x', 'other/a', '011/c'])
_file = st.tuples(_folder, st.sampled_from(['006_', '028_', '', 'x.']), st.sampled_from([0, 3, 5, 1103, 5739]),
                  st.sampled_from(['.jpg', '.lnk', '.JPG']))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(_row, max_size=8), files=st.lists(_file, max_size=12), errata=st.booleans(),
       preamble=st.sampled_from([(), PREAMBLE]))
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, header, rows, files, errata, preamble):
    root = tmp_path_factory.mktemp('any')
    write_sheet(root / 'SAMM_Micro_FACS_Codes_v2.xlsx', rows, header, preamble)
    sound = [('006/006_1_2', '006_', n, '.jpg') for n in range(2, 6)]
    sound += [('028/028_4_1', '028_', n, '.jpg') for n in (1100, 1104, 1109)]
    for folder, prefix, number, suffix in sound + files:
        (root / 'SAMM' / folder).mkdir(parents=True, exist_ok=True)
        (root / 'SAMM' / folder / f'{prefix}{number:05d}{suffix}').touch()
    try:
        result = read_samm(root, errata=errata)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    assert result.num_rows == len(result.records) + len(result.left_out) <= len(rows) + (header != HEADER)
    if header == HEADER:
        wanted = (0, 1, 3, 4, 5, 8, 9, 10)
        assert result.num_rows == sum(any(str(row[i]).strip() for i in wanted if row[i] is not None) for row in rows)
    ids = [record.sample_id for record in result.records]
    assert len(set(ids)) == len(ids)
    for record in result.records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
