from __future__ import annotations

import datetime

import openpyxl
import pytest
from mini_casme2 import write_sheet
from mini_xls import write_xls

from fdp_mmaction.datasets.readers.sheets import checksum, read_sheet, text_of, whole_number
from fdp_mmaction.errors import DatasetError

COLUMNS = {'subject': ('Subject',), 'clip': ('Filename', 'File name'), 'onset': ('OnsetFrame', 'Onset')}


def test_header_is_found_by_name_wherever_it_is(tmp_path):
    path = write_sheet(tmp_path / 'a.xlsx', [
        (None, None), ('explanations', 'Subject is a number'), ('onset frame', None, ' FILE NAME', 'subject '),
        (None,), (5, 'x', 'EP01', 1), (None, 'remark in a column without a name'), (None, None, None, 2),
    ], header=('A title',))
    assert read_sheet(path, COLUMNS) == [
        (6, {'subject': 1, 'clip': 'EP01', 'onset': 5}), (8, {'subject': 2, 'clip': None, 'onset': None})]


def test_checksum_is_of_the_content(tmp_path):
    def of(*row):
        return checksum(read_sheet(write_sheet(tmp_path / 'a.xlsx', [row], ('Subject', 'Filename', 'Onset')), COLUMNS))

    assert of(1, 'a', 5) == of('1', ' a', 5.0) != of(1, 'a', 6)
    assert len({of(1, 'a', None), of(1, None, 'a'), of(1, 'a,', None)}) == 3


def test_missing_column_is_named(tmp_path):
    path = write_sheet(tmp_path / 'a.xlsx', [(1, 'EP01')], header=('Subject', 'Filename', None, 'Remark'))
    with pytest.raises(DatasetError, match=r"a\.xlsx has no column 'OnsetFrame' \(columns found: "
                                           r'Subject, Filename, Remark\)'):
        read_sheet(path, COLUMNS)


def test_no_header(tmp_path):
    with pytest.raises(DatasetError, match='no header row'):
        read_sheet(write_sheet(tmp_path / 'a.xlsx', [(1, 2)], header=('x',)), COLUMNS)


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 not really', b'plain text'])
def test_damaged_file(tmp_path, content):
    path = tmp_path / 'a.xlsx'
    path.write_bytes(content)
    with pytest.raises(DatasetError, match='a.xlsx cannot be read as xlsx'):
        read_sheet(path, COLUMNS)


@pytest.mark.parametrize('cell, number', [
    (46, 46), (46.0, 46), ('46', 46), (' 46 ', 46), ('46.0', 46), (0, 0), (46.5, None), ('46.5', None), (-1, None),
    ('/', None), ('', None), (None, None), (True, None), (float('nan'), None), (float('inf'), None), ('٤', None),
    (datetime.datetime(2014, 5, 8), None), (10 ** 12, None),
])
def test_whole_number(cell, number):
    assert whole_number(cell) == number


@pytest.mark.parametrize('cell, text', [(None, ''), (4.0, '4'), (' a ', 'a'), (4.5, '4.5'), (7, '7')])
def test_text_of(cell, text):
    assert text_of(cell) == text


def _write_book(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def test_optional_columns(tmp_path):
    path = write_sheet(tmp_path / 'a.xlsx', [(1, 'EP01')], header=('Subject', 'Filename'))
    assert read_sheet(path, COLUMNS, optional=('onset',)) == [(2, {'subject': 1, 'clip': 'EP01', 'onset': None})]
    with pytest.raises(DatasetError, match="no column 'OnsetFrame'"):
        read_sheet(path, COLUMNS, optional=('clip',))


def test_the_first_sheet_with_all_columns_counts_unless_one_is_named(tmp_path):
    full, lacking = ('Subject', 'Filename', 'Onset'), ('Subject', 'Filename', 'Remark')
    path = _write_book(tmp_path / 'a.xlsx', notes=[('x',)], old=[lacking, (1, 'a', 'b')], one=[full, (1, 'a', 5)],
                       Label=[full, (2, 'b', 6)])
    assert [row for row, _ in (read_sheet(path, COLUMNS)[0], read_sheet(path, COLUMNS, named='label')[0])] == [2, 2]
    assert read_sheet(path, COLUMNS)[0][1]['onset'] == 5
    assert read_sheet(path, COLUMNS, named='label ')[0][1]['onset'] == 6
    assert read_sheet(path, COLUMNS, named='absent')[0][1]['onset'] == 5
    path = _write_book(tmp_path / 'b.xlsx', old=[lacking], older=[('Subject', 'Filename', 'x')])
    with pytest.raises(DatasetError, match=r"no column 'OnsetFrame' \(columns found: Subject, Filename, Remark\)"):
        read_sheet(path, COLUMNS)


def test_the_old_format(tmp_path):
    path = write_xls(tmp_path / 'a.xls', [(1, 'é，', None, 46), (None, None, None, 1.5)],
                     ('Subject', 'Filename', None, 'Onset'))
    assert read_sheet(path, COLUMNS) == [
        (2, {'subject': 1.0, 'clip': 'é，', 'onset': 46.0}), (3, {'subject': None, 'clip': None, 'onset': 1.5})]
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(DatasetError, match=r'Sheet a\.xls cannot be read as xls'):
        read_sheet(path, COLUMNS)
