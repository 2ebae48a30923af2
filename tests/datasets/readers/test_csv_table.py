from __future__ import annotations

import pytest
from mini_custom import write_table

from fdp_mmaction.datasets.readers.csv_table import read_csv_table
from fdp_mmaction.errors import DatasetError


def read(path):
    return read_csv_table(path, ('a', 'b_c'), ('d',))


@pytest.mark.parametrize('delimiter', [',', ';', '\t'])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_cells_by_title(tmp_path, delimiter, encoding):
    rows = [(' x  y ', 'ü', '1'), ('', '', ''), ('"q"', f'2{delimiter}3', '', '')]      # a tab counts as a space
    path = write_table(tmp_path / 't.csv', rows, (' B c', 'A', ''), delimiter, encoding)
    assert read(path) == [(2, {'b_c': 'x y', 'a': 'ü'}), (4, {'b_c': '"q"', 'a': f'2{delimiter}3'.replace('\t', ' ')})]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    (tmp_path / 't.csv').write_text('\n\na,b_c,d\r\n1,"two\nlines",\n\n2,x\n3,y,z,too many\n')
    assert read(tmp_path / 't.csv') == [
        (4, {'a': '1', 'b_c': 'two lines', 'd': ''}), (6, {'a': '2', 'b_c': 'x', 'd': ''}),
        (7, {'a': '3', 'b_c': 'y', 'd': 'z',
             'problem': '4 cells below 3 titles: put texts that hold the delimiter in quotes'})]


@pytest.mark.parametrize('content, message', [
    ('', 'Table t.csv is empty: its first row names the columns a, b_c'),
    ('\n , \n', 'is empty'),
    ('a,b c\n', 'has no row below its titles'),
    ('a,b c\n,\n', 'has no row below its titles'),
    ('a,b c,dd\n1,2,3\n', "has a column 'dd', which is none of a, b_c, d: rename or remove it"),
    ('a,b c,A\n1,2,3\n', "has the column 'a' twice"),
    ('a,d\n1,2\n', r"has no column 'b_c' \(columns found: a, d\)"),
    ('1,2\n3,4\n', "has a column '1', which is none of"),
    (',\n3,4\n', r"has no row|is empty|has no column 'a' \(columns found: none\)|column '3'"),
    ('a,b c\n"1,2\n', 'is no CSV beyond line'),
    ('a,b c\n"1"2,2\n', 'is no CSV beyond line 2'),
])
def test_what_is_no_table(tmp_path, content, message):
    (tmp_path / 't.csv').write_text(content)
    with pytest.raises(DatasetError, match=message) as error:
        read(tmp_path / 't.csv')
    assert '\n' not in str(error.value) and str(error.value).endswith('.')


def test_files_that_are_no_text(tmp_path):
    with pytest.raises(DatasetError, match='nowhere.csv cannot be read'):
        read(tmp_path / 'nowhere.csv')
    with pytest.raises(DatasetError, match='cannot be read'):
        read(tmp_path)
    (tmp_path / 't.csv').write_bytes('a,b c\n1,ü\n'.encode('latin-1'))
    with pytest.raises(DatasetError, match='not text in UTF-8: save it as "CSV UTF-8"'):
        read(tmp_path / 't.csv')
    (tmp_path / 't.csv').write_bytes(b'PK\x03\x04\x00\x00,')
    with pytest.raises(DatasetError):
        read(tmp_path / 't.csv')
