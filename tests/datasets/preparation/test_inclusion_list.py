from __future__ import annotations

import pytest

from fdp_mmaction.datasets.preparation.inclusion_list import ListEntry, match_names, read_inclusion_list
from fdp_mmaction.errors import DatasetError

CLASSES = ('negative', 'positive', 'surprise')


def _entries(*names):
    return [ListEntry(number, name) for number, name in enumerate(names, start=1)]


def test_names_line_by_line(tmp_path):
    path = tmp_path / 'names.txt'
    path.write_bytes('\ufeffsub01_EP02_01f \r\n\r\n006_006_1_2\r\n'.encode())
    listed = read_inclusion_list(path, CLASSES)
    assert listed.entries == (ListEntry(1, 'sub01_EP02_01f'), ListEntry(3, '006_006_1_2'))
    assert listed.file == 'names.txt'
    path.write_text('sub01_EP02_01f\n')
    assert read_inclusion_list(path, CLASSES).checksum != listed.checksum


@pytest.mark.parametrize('text', [
    'dataset,sub,filename_o,label\nsmic,s01,s01_ne_01,0\n,,,\ncasme2,sub01,EP02_01f,surprise\n',
    'Subject;Filename;Label\ns01;s01_ne_01;0.0\n;;\nsub01;EP02_01f;Surprise\n',
    'imagename\tlabel\ns01_s01_ne_01.jpg\t0\n\t\nsub01_EP02_01f.PNG\tsurprise\n'])
def test_csv(tmp_path, text):
    path = tmp_path / 'list.csv'
    path.write_text(text)
    assert read_inclusion_list(path, CLASSES).entries == (
        ListEntry(2, 's01_s01_ne_01', 'negative'), ListEntry(4, 'sub01_EP02_01f', 'surprise'))


def test_labels_that_name_no_class_stay_visible(tmp_path):
    path = tmp_path / 'list.csv'
    path.write_text('name,label\na,3\nb,\nc,Others\nd\n')
    assert [entry.label for entry in read_inclusion_list(path, CLASSES).entries] == ['3', None, 'others', None]


@pytest.mark.parametrize('content, message', [
    (b'', 'names no sample'), (b' \n\n', 'names no sample'), (b'sub,filename_o\n', 'names no sample'),
    (b'\xff\xfe\x00', 'is no text file'), (b'a,b\n1,2\n', r"neither the columns 'sub' .*columns found: a, b")])
def test_bad_lists(tmp_path, content, message):
    path = tmp_path / 'list.csv'
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=message) as error:
        read_inclusion_list(path, CLASSES)
    assert str(error.value).endswith('.')
    with pytest.raises(DatasetError, match='cannot be read'):
        read_inclusion_list(tmp_path / 'nowhere.txt', CLASSES)
    with pytest.raises(DatasetError, match='cannot be read'):
        read_inclusion_list(tmp_path, CLASSES)


@pytest.mark.parametrize('ours, theirs', [('s01_s1_ne_01', 's01_s01_ne_01'), ('s01_s01_ne_01', 's1_s1_ne_1'),
                                          ('006_006_1_2', '6_006_1_2'), ('sub01_EP02_01f', 'SUB01_EP02_01F')])
def test_names_meet_without_leading_zeros_and_case(ours, theirs):
    assert match_names(_entries(theirs, 'other'), ['sub01_EP02_02f', ours, 's11_s11_ne_01']) == [1, None]


def test_zeros_count_where_they_tell_clips_apart():
    names = ['sub01_EP1_1', 'sub01_EP01_1']
    assert match_names(_entries('sub01_EP01_1', 'sub01_EP1_1'), names) == [1, 0]
    assert match_names(_entries('sub01_EP01_01'), names) == [None]                     # could be either
    assert match_names(_entries('sub01_EP01_01', 'sub01_EP01_1'), names) == [0, 1]     # one is left
    assert match_names(_entries('s1_s1_ne_10'), ['s1_s1_ne_1', 's1_s1_ne_100']) == [None]


def test_repeated_names_find_the_same_sample():
    assert match_names(_entries('a_b', 'A_B', 's1_s01_ne_1', 's1_s01_ne_1'), ['a_b', 's01_s01_ne_01']) == [0, 0, 1, 1]
