from __future__ import annotations

import datetime

import pytest
from mini_casme2 import write_sheet

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
