from __future__ import annotations

from pathlib import Path

import pytest
from mini_smic import HEADERS, hs_row, touch, write_long, write_sheet

from fdp_mmaction.datasets.readers.smic import SMIC_NIR, SMIC_VIS, read_smic


def test_a_movement_is_found_in_the_long_clip_of_another(tmp_path):
    write_long(tmp_path, [hs_row(3, 's3_ne_02', (10, 14), 'negative', (20, 24)),
                          hs_row(3, 's3_ne_03', (20, 24), 'negative')], missing=('s3_ne_03',))
    result = read_smic(tmp_path)
    assert [(record.clip, record.onset, Path(record.frame_paths[0]).parent.name) for record in result.records] == [
        ('s03_ne_02', 10, 's3_ne_02'), ('s03_ne_03', 20, 's3_ne_02')]
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 3 (s03/s03_ne_03)', 'repeats row 2, 2nd movement', False)]


@pytest.mark.parametrize('rows, names', [
    ([('s3_ne_02', 2), ('s3_ne_04', 1)], ['s03_ne_02', 's03_ne_03', 's03_ne_04']),
    ([('s3_ne_02', 2), ('s3_po_04', 1)], ['s03_ne_02', 's03_ne_02_2', 's03_po_04']),      # other emotion
    ([('s3_ne_02', 2)], ['s03_ne_02', 's03_ne_02_2']),                                    # no gap, but the end
    ([('s3_ne_02', 2), ('s3_ne_03', 1)], ['s03_ne_02', 's03_ne_02_2', 's03_ne_03']),
    ([('s3_ne_02', 3), ('s3_ne_04', 1)], ['s03_ne_02', 's03_ne_03', 's03_ne_02_3', 's03_ne_04']),
    ([('s3_ne_02', 2), ('s3_ne_02', 1), ('s3_ne_05', 2)], ['s03_ne_02', 's03_ne_03', 's03_ne_05', 's03_ne_05_2']),
    ([('clip', 3)], ['clip', 'clip_2', 'clip_3']),
])
def test_names_of_further_movements(tmp_path, rows, names):
    written, start = [], 0
    for clip, movements in rows:
        spans = [(start + 10 * i, start + 10 * i + 3) for i in range(movements)]
        start += 10 * movements
        written.append(hs_row(3, clip, spans[0], 'negative', *spans[1:]))
    write_sheet(tmp_path / 'SMIC-HS-E_annotation.xlsx', written, HEADERS['HS'])
    for clip, _ in rows:
        touch(tmp_path / 's03' / clip, *(f'image{number:06d}.jpg' for number in range(start)))
    touch(tmp_path / 's03/s3_sur_99')
    assert [record.clip for record in read_smic(tmp_path).records] == names


def test_vis_sheet_has_other_places_and_two_movements(tmp_path):
    write_sheet(tmp_path / 'VIS_long/SMIC_VIS_E_annotation.xlsx', [
        (11, 's11_ne_01', None, 3001, 3005, 3020, 3024, None, 2990, 3100, 5, 5, 'negative'),
        (11, 's11_po_01', None, 559700, 559703, 0, 0, None, 'text', 'text', 4, None, 'positive')], HEADERS['VIS'])
    touch(tmp_path / 'VIS_long/SMIC-VIS-E/s11/s11_ne_01', *(f'{number:05d}.jpg' for number in range(2990, 3100)))
    # numbers of different length, some files with a prefix
    touch(tmp_path / 'VIS_long/SMIC-VIS-E/s11/s11_po_01', 'xxx 559699.jpg', 'xxx 559700.jpg', '559701.jpg',
           '12 559702.jpg', 'xxx 0559703.jpg', 'Thumbs.db')
    result = SMIC_VIS.read(tmp_path)
    assert [(record.sample_id, record.frame_ids) for record in result.records] == [
        ('smic_vis/s11/s11_ne_01', tuple(range(3001, 3006))), ('smic_vis/s11/s11_ne_01_2', tuple(range(3020, 3025))),
        ('smic_vis/s11/s11_po_01', (559700, 559701, 559702, 559703))]
    assert result.num_rows == 3


def test_nir_columns_and_apex(tmp_path):
    folder = tmp_path / 'NIR_long'
    touch(folder / 'SMIC-NIR-E/s11/s11_ne_01', *(f'xxx {number}.jpg' for number in range(40, 60)))
    rows = [(11, 's11_ne_01', None, 9000, 41, 44, 9006, 47, 'negative'),
            (11, 's11_ne_01', None, 9000, 51, None, 9006, 57, 'negative')]
    write_sheet(folder / 'SMIC-NIR-E_annotation.xlsx', rows[:1], HEADERS['NIR'])
    (record,) = SMIC_NIR.read(tmp_path).records
    assert (record.onset, record.apex, record.offset, record.apex_source) == (41, 44, 47, 'sheet')
    write_sheet(folder / 'SMIC-NIR-E_annotation.xlsx', rows[1:], HEADERS['NIR'])
    result = SMIC_NIR.read(tmp_path)
    assert (result.records[0].onset, result.records[0].apex_source, result.remarks) == (51, 'midpoint', ())
    # the titles of the other cameras, where there are no others
    plain = [str(title).replace(' NIR', '') for title in ('Subject', 'Filename', 'OnsetF', 'OffsetF')]
    write_sheet(folder / 'SMIC-NIR-E_annotation.xlsx', [(11, 's11_ne_01', 42, 45)], plain)
    (record,) = SMIC_NIR.read(tmp_path).records
    assert (record.onset, record.offset, record.emotion) == (42, 45, 'negative')
    # a second movement of another camera is none of this one
    write_sheet(folder / 'SMIC-NIR-E_annotation.xlsx', [(11, 's11_ne_01', 42, 45, 9000, 9006, 9040, 9045)], (
        'Subject', 'Filename', 'OnsetF NIR', 'OffsetF NIR', 'OnsetF', 'OffsetF', 'Onset2F', 'Offset2F'))
    result = SMIC_NIR.read(tmp_path)
    assert [record.onset for record in result.records] == [42] and result.num_rows == 1
    # the apex is that of the first movement
    write_sheet(folder / 'SMIC-NIR-E_annotation.xlsx', [(11, 's11_ne_01', 41, 44, 46, 50, 56)], (
        'Subject', 'Filename', 'OnsetF NIR', 'ApexF NIR', 'OffsetF NIR', 'Onset2F NIR', 'Offset2F NIR'))
    assert [(record.clip, record.apex) for record in SMIC_NIR.read(tmp_path).records] == [
        ('s11_ne_01', 44), ('s11_ne_01_2', 53)]
    assert [text for _, text in SMIC_NIR.read(tmp_path).remarks][-1] == (
        'a further movement in the long clip s11_ne_01; the emotion is taken from the name of the clip')


def test_apex_columns_that_others_added_are_not_read(tmp_path):
    write_sheet(tmp_path / 'HS_annotation.xlsx', [(1, 's1_ne_01', 1, 2, 9)],
                ('Subject', 'Filename', 'OnsetF', 'ApexF', 'OffsetF'))
    touch(tmp_path / 's01/s1_ne_01', *(f'image{number:06d}.jpg' for number in range(10)))
    (record,) = read_smic(tmp_path).records
    assert (record.apex, record.apex_source) == (5, 'midpoint')
