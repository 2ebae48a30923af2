from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from mini_smic import (
    HEADERS,
    HS_RECORDS,
    HS_ROWS,
    SHORT,
    SHORT_SAMPLES,
    frame_name,
    touch,
    write_landmarks,
    write_long,
    write_sheet,
    write_short,
)

from fdp_mmaction.datasets.preparation import PreparationSettings, prepare_release
from fdp_mmaction.datasets.readers.smic import CENSUS, SMIC_HS, SMIC_NIR, SMIC_VIS, read_smic
from fdp_mmaction.errors import DatasetError


@pytest.fixture(scope='module')
def short_release(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('short')
    write_short(root)
    return root


@pytest.fixture(scope='module')
def long_release(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('long')
    write_long(root)
    return root


@pytest.fixture(scope='module')
def short(short_release):
    return read_smic(short_release)


@pytest.fixture(scope='module')
def long(long_release):
    return read_smic(long_release)


def _by_key(result):
    return {f'{record.subject}/{record.clip}': record for record in result.records}


def test_census_and_readers():
    assert CENSUS['HS'].samples == 164 and CENSUS['HS'].subjects == 16 and CENSUS['HS'].certain
    for camera in ('VIS', 'NIR'):
        assert CENSUS[camera].samples == 71 and CENSUS[camera].subjects == 8 and not CENSUS[camera].certain
    assert [(reader.name, reader.fps) for reader in (SMIC_HS, SMIC_VIS, SMIC_NIR)] == [
        ('smic', 100), ('smic_vis', 25), ('smic_nir', 25)]
    assert set(SMIC_HS.cropped_layouts) < set(SMIC_HS.layouts) == {'raw', 'long', 'cropped'}
    assert 'NIR_long/SMIC-NIR-E_annotation.xlsx' in SMIC_NIR.description


def test_short_clips_are_all_accounted_for(short):
    assert {name: record.emotion for name, record in _by_key(short).items()} == SHORT_SAMPLES
    assert list(_by_key(short)) == sorted(SHORT_SAMPLES)
    not_micro = sum('on' in clip.split('/')[1] for clip in SHORT)
    assert short.num_rows == len(SHORT) - not_micro == len(short.records) + len(short.left_out)
    assert short.layout == 'raw' and short.census is None


def test_short_clips(short_release, short):
    first = _by_key(short)['s01/s01_ne_01']
    assert (first.sample_id, first.dataset, first.subject, first.clip) == (
        'smic/s01/s01_ne_01', 'smic', 's01', 's01_ne_01')
    assert (first.onset, first.apex, first.offset, first.apex_source) == (99998, 100000, 100003, 'midpoint')
    assert first.frame_ids == tuple(range(99998, 100004)) and first.action_units == ()
    folder = short_release / 'SMIC_all_raw/SMIC_all_raw/HS/s1/micro/negative/s1_ne_01'
    assert first.frame_paths[1:3] == (str(folder / 'image099999.bmp'), str(folder / 'image100000.bmp'))
    assert _by_key(short)['s01/s01_ne_02'].frame_ids == tuple(range(90823, 90829))
    gap = _by_key(short)['s01/s01_po_01']
    assert (gap.onset, gap.offset, gap.frame_ids) == (701843, 701848, (701843, 701844, 701847, 701848))
    assert gap.apex == 701844
    assert _by_key(short)['s20/s20_sur_01'].offset == 17581043


def test_short_clips_left_out(short):
    assert [(entry.item, entry.reason, entry.lost) for entry in short.left_out] == [
        ('folder micro/negative (s04/negative)', 'images lie here without a folder of their clip', True),
        ('folder micro/negative/s6_ne_01 (s04/s06_ne_01)', 'the clip lies in the folder of another subject, s04', True),
        ('folder micro/anger/s5_x_01 (s05/s05_x_01)', "emotion '' is none of negative, positive, surprise", True),
        ('folder micro/surprise/s18_sur_03 (s18/s18_sur_03)', 'the folder has no numbered images', True)]


def test_clips_without_movement_are_unlabelled(short):
    assert short.unlabelled == ('s01/non_micro/s1_n_01', 's01/non_micro/s1_n_02', 's20/Non micro/clip')


def test_no_remark_for_the_missing_apex(short):
    assert short.remarks == (
        ('smic/s01/s01_po_01', '2 of 6 frames are missing on disk'),
        ('smic/s03/s03_po_01', 'the emotion is taken from the name of the clip'),
        ('smic/s03/s03_po_02', 'the emotion is taken from the name of the clip'),
        ('smic/s18/s18_sur_04', 'the emotion given is negative, the name of the clip says surprise'))


@pytest.mark.parametrize('cropped', [False, True])
@pytest.mark.parametrize('reader, camera', [(SMIC_HS, 'HS'), (SMIC_VIS, 'VIS'), (SMIC_NIR, 'NIR')])
def test_cameras_and_crops_give_the_same_frames(tmp_path, short, reader, camera, cropped):
    write_short(tmp_path, camera, cropped)
    result = reader.read(tmp_path)
    assert result.layout == ('cropped' if cropped else 'raw') and result.source['camera'] == camera
    assert [record.frame_ids for record in result.records] == [record.frame_ids for record in short.records]
    assert [record.sample_id.split('/', 1)[1] for record in result.records] == list(_by_key(short))
    assert {record.dataset for record in result.records} == {reader.name}
    assert Path(result.records[0].frame_paths[0]).name == frame_name(camera, 99998, cropped)
    assert reader.read(tmp_path, dataset='mine').records[0].sample_id == 'mine/s01/s01_ne_01'


def test_source_tells_releases_apart_but_not_mended_ones(tmp_path, short):
    folder = write_short(tmp_path)
    touch(folder / 's18/micro/surprise/s18_sur_03', 'image000001.bmp')
    mended = read_smic(tmp_path)
    assert len(mended.records) == len(short.records) + 1
    assert mended.source['clips_checksum'] == short.source['clips_checksum']
    shutil.rmtree(folder / 's18/micro/surprise/s18_sur_03')
    assert read_smic(tmp_path).source['clips_checksum'] != short.source['clips_checksum']


def test_the_known_wrong_emotion_is_corrected_in_hs_alone(tmp_path):
    touch(tmp_path / 's18/micro/negative/s18_sur_03', 'image000001.bmp')
    for reader, errata, emotion in ((SMIC_HS, True, 'surprise'), (SMIC_HS, False, 'negative'),
                                    (SMIC_VIS, True, 'negative')):
        result = reader.read(tmp_path, errata=errata)
        assert [record.emotion for record in result.records] == [emotion]
        assert len(result.errata_applied) == (emotion == 'surprise')


def test_every_movement_of_the_sheet_is_accounted_for(long):
    assert tuple(_by_key(long)) == HS_RECORDS
    further = sum(any(cell is not None for cell in row[first:first + 2]) for row in HS_ROWS[:15] for first in (5, 7))
    assert long.num_rows == 15 + further == len(long.records) + len(long.left_out)
    assert long.layout == 'long' and not long.census.certain and long.census.samples == 164


def test_short_and_long_version_have_the_same_names(short, long):
    assert 'smic/s01/s01_ne_01' in {record.sample_id for record in short.records}
    first = long.records[0]
    assert first.sample_id == 'smic/s01/s01_ne_01' and f'{first.subject}_{first.clip}' == 's01_s01_ne_01'
    assert first.frame_ids == short.records[0].frame_ids   # the margins are no part of it


def test_long_clips(long_release, long):
    records = _by_key(long)
    assert (records['s01/s01_ne_01'].apex, records['s01/s01_ne_01'].apex_source) == (100000, 'midpoint')
    folder = long_release / 'SMIC-E_raw image/HS_long/SMIC-HS-E/HS/s03/s3_ne_02'
    assert records['s03/s03_ne_03'].frame_paths[0] == str(folder / 'image302400.jpg')
    assert [(records[f's04/s04_ne_0{i}'].onset, records[f's04/s04_ne_0{i}'].offset) for i in (4, 5, 6)] == [
        (219199, 219203), (219300, 219303), (219400, 219405)]
    assert records['s03/s03_ne_04_2'].onset == 303200 and records['s03/s03_ne_05'].frame_ids[:2] == (304365, 304368)
    assert records['s04/s04_ne_07'].emotion == 'negative'
    assert Path(records['s08/s08_po_02'].frame_paths[0]).parent.name == 's8_po_02'   # its own folder before another
    assert records['s20/s20_ne_01'].frame_ids == tuple(range(17581039, 17581044))


def test_long_clips_left_out(long):
    assert [(entry.item, entry.reason, entry.lost) for entry in long.left_out] == [
        ('row 3 (s01/s01_ne_02)', 'there is no folder s01/s01_ne_02 in HS', True),
        ('row 10 (s08/s08_po_02)', 'repeats row 9, 2nd movement', False),
        ('row 12 (s18/s18_sur_04)', 'onset 40 comes after offset 30', True),
        ('row 13, 2nd movement (s20/s20_ne_01_2)', "OffsetF '' is not a whole number", True),
        ('row 14 (s20/s20_po_01)', "OnsetF 'lost' is not a whole number", True),
        ('row 16 (s19/s20_po_03)', "Subject '19' contradicts Filename 's20_po_03'", True)]
    assert 's02/s02_sur_05' in long.unlabelled and 's08/s08_po_02' not in long.unlabelled


def test_long_clips_remarks_and_errata(long_release, long):
    assert long.remarks == (
        ('smic/s03/s03_ne_03', 'a further movement in the long clip s03_ne_02'),
        ('smic/s03/s03_ne_04_2', 'a further movement in the long clip s03_ne_04'),
        ('smic/s03/s03_ne_05', '2 of 6 frames are missing on disk'),
        ('smic/s04/s04_ne_05', 'a further movement in the long clip s04_ne_04'),
        ('smic/s04/s04_ne_06', 'a further movement in the long clip s04_ne_04'),
        ('smic/s04/s04_ne_07', 'the emotion is taken from the name of the clip'),
        ('smic/s18/s18_sur_03', 'the emotion given is negative, the name of the clip says surprise'))
    assert [(applied.item, applied.erratum.new_value) for applied in long.errata_applied] == [
        ('s18/s18_sur_03', 'surprise')]
    assert _by_key(long)['s18/s18_sur_03'].emotion == 'surprise'
    assert _by_key(read_smic(long_release, errata=False))['s18/s18_sur_03'].emotion == 'negative'


def test_choice_of_layout(tmp_path):
    write_long(tmp_path)
    assert read_smic(tmp_path).layout == 'long'
    write_short(tmp_path, cropped=True)
    assert read_smic(tmp_path).layout == 'long'
    write_short(tmp_path)
    assert read_smic(tmp_path).layout == 'raw'
    assert read_smic(tmp_path, layout='cropped').layout == 'cropped'
    assert len(read_smic(tmp_path, layout='long').records) == len(HS_RECORDS)
    shutil.rmtree(tmp_path / 'SMIC_all_raw')
    with pytest.raises(DatasetError, match=r"No frames of layout 'raw' .*found: cropped, long"):
        read_smic(tmp_path, layout='raw')
    with pytest.raises(DatasetError, match="Unknown layout 'rwa'"):
        read_smic(tmp_path, layout='rwa')
    with pytest.raises(DatasetError, match="Unknown camera 'RGB'"):
        read_smic(tmp_path, camera='RGB')


def test_choice_of_sheet(tmp_path):
    folder = write_long(tmp_path).parents[1]
    plain = folder / 'SMIC-HS-E_annotation.xlsx'
    for name in ('SMIC-HS-E_annotation_orig.xlsx', '~$SMIC-HS-E_annotation.xlsx', 'SMIC_HS_E_spotting.xlsx',
                 'SMIC-VIS-E_annotation.xlsx', 'CASME2-coding-20140508.xlsx'):
        shutil.copy(plain, folder / name)
    assert read_smic(tmp_path).source['sheet'] == plain.name
    shutil.copy(plain, tmp_path / plain.name)   # a copy is no choice
    shutil.copy(plain, folder / 'SMIC-HS-E_annotation_2019.xlsx')
    assert read_smic(tmp_path).source['sheet'] == 'SMIC-HS-E_annotation_2019.xlsx'
    (folder / 'SMIC-HS-E_annotation_2019.xlsx').unlink()
    shutil.copy(plain, folder / 'my HS annotation.xlsx')
    with pytest.raises(DatasetError, match=r'Several sheets in .*of HS \(SMIC-HS-E_annotation.xlsx, my HS annotation'):
        read_smic(tmp_path)


def test_bad_roots(tmp_path):
    with pytest.raises(DatasetError, match='does not exist'):
        read_smic(tmp_path / 'nowhere')
    with pytest.raises(DatasetError, match='No clip folders'):
        read_smic(tmp_path)
    touch(tmp_path / 'HS/s01/s1_ne_01', 'image000001.jpg')
    write_sheet(tmp_path / 'SMIC_HS_E_spotting.xlsx', HS_ROWS, HEADERS['HS'])   # of others, with other columns
    with pytest.raises(DatasetError, match='No annotation sheet of HS'):
        read_smic(tmp_path)
    sheet = tmp_path / 'SMIC-HS-E_annotation.xlsx'
    write_sheet(sheet, [], HEADERS['HS'])
    with pytest.raises(DatasetError, match='has no row of a clip below its header'):
        read_smic(tmp_path)
    write_sheet(sheet, HS_ROWS[-2:], HEADERS['HS'])
    with pytest.raises(DatasetError, match='has no row of a clip below its header'):
        read_smic(tmp_path)
    write_sheet(sheet, [(1, 's1_ne_01', 'negative')], ('Subject', 'Filename', 'Emotion'))
    with pytest.raises(DatasetError, match="has no onsets in a column 'OnsetF' or 'OnsetF HS'"):
        read_smic(tmp_path)
    sheet.write_bytes(b'no sheet')
    with pytest.raises(DatasetError, match='cannot be read as xlsx'):
        read_smic(tmp_path)
    for name in 'ab':
        touch(tmp_path / name / 'HS/s1/micro/negative/s1_ne_01', 'image000001.bmp')
    with pytest.raises(DatasetError, match=r"Several folders in .* HS clips of layout 'raw' \(a/HS, b/HS\)"):
        read_smic(tmp_path)


def test_preparing(tmp_path):
    write_short(tmp_path, cropped=True)
    report = prepare_release(SMIC_HS, tmp_path, tmp_path / 'out', PreparationSettings(size=24, landmark_source='none'))
    assert len(report.data_list) == len(SHORT_SAMPLES) and len(report.left_out) == 4
    assert np.load(tmp_path / 'out/clips/s01/s01_ne_01.npy').shape == (6, 24, 24)
    write_long(tmp_path, HS_ROWS[2:3])
    landmarks = write_landmarks(tmp_path, [('s03/s03_ne_02', range(302330, 302336)),
                                           ('s03/s03_ne_02_2', range(302400, 302405))])
    settings = PreparationSettings(size=24, landmark_source='precomputed', landmark_options={'folder': str(landmarks)})
    report = prepare_release(SMIC_HS, tmp_path, tmp_path / 'long', settings, layout='long')
    assert [(record['sample_id'], record['num_frames']) for record in report.data_list] == [
        ('smic/s03/s03_ne_02', 6), ('smic/s03/s03_ne_02_2', 5)]
