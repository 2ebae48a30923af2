from __future__ import annotations

import shutil
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme2 import write_frames
from mini_custom import HEADER, ROWS, write_mini_custom, write_table

from fdp_mmaction.datasets.readers.custom import CUSTOM, read_custom
from fdp_mmaction.errors import DatasetError


UNFIT = ' cannot name files: choose a shorter subject and clip, which does not end in .landmarks'


@pytest.fixture(scope='module')
def data(tmp_path_factory) -> Path:
    """Folder of the data; tests write their own tables into it."""
    return write_mini_custom(tmp_path_factory.mktemp('own')).parent


def read(data, *rows, header=HEADER):
    result = read_custom(write_table(data / 'other.csv', rows, header))
    assert result.num_rows == len(rows) == len(result.records) + len(result.left_out)
    return result


def test_records(data):
    result = read_custom(data / 'clips.csv')
    assert result.left_out == () and result.unlabelled == () and result.errata_applied == ()
    assert (result.dataset, result.layout, result.num_rows) == ('custom', 'listed', 5)
    assert result.source['sheet'] == 'clips.csv' and result.source['folder'] == data.name
    folder, whole, first, second, video = result.records
    assert (folder.sample_id, folder.subject, folder.clip, folder.emotion) == ('custom/p01/a', 'p01', 'a', 'Tense')
    assert (folder.onset, folder.apex, folder.offset, folder.apex_source) == (10, 12, 17, 'sheet')
    assert folder.action_units == ('4', 'L7') and folder.objective_class is None
    assert folder.frame_ids == tuple(range(10, 18))
    assert folder.frame_paths == tuple(str(data / f'clips/a/img{number}.jpg') for number in range(10, 18))
    assert (whole.onset, whole.apex, whole.offset, whole.apex_source) == (1, 4, 8, 'midpoint')
    assert whole.frame_ids == (1, 2, 3, 4, 7, 8)
    assert result.remarks == (('custom/p01/b', '2 of 8 frames are missing on disk'),)
    assert (first.sample_id, first.frame_ids, first.apex) == ('custom/p02/first', tuple(range(3, 10)), 6)
    assert first.frame_paths[0] == str(data / 'videos/v.mp4#3')
    assert (second.clip, second.frame_ids, second.apex) == ('second', tuple(range(12, 20)), 13)
    assert (video.clip, video.frame_ids, video.onset, video.offset) == ('w', tuple(range(6)), 0, 5)


@pytest.mark.parametrize('row, reason', [
    (('clips/c', 'p', 'x'), 'there is no clips/c beside other.csv'),
    (('/nowhere/c.mp4', 'p', 'x'), 'there is no /nowhere/c.mp4'),
    (('', 'p', 'x'), 'path is empty'),
    (('clips/a', '', 'x'), 'subject is empty'),
    (('clips/a', 'p', ' '), 'label is empty'),
    (('clips/a/img8.jpg', 'p', 'x'), 'clips/a/img8.jpg is an image: give the folder of the frames'),
    (('clips', 'p', 'x'), 'folder clips has no image whose name ends in a number, such as img12.jpg'),
    (('clips.csv', 'p', 'x'), 'Video clips.csv cannot be read: it is damaged or of an unknown format; convert it, for '
                              'example to .mp4, or give its frames as images.'),
    (('clips/a', 'p', 'x', 7), 'onset 7 comes before the first frame 8 of clips/a'),
    (('clips/a', 'p', 'x', 9, '', 21), 'offset 21 comes after the last frame 20 of clips/a'),
    (('videos/v.mp4', 'p', 'x', 0, '', 20), 'offset 20 comes after the last frame 19 of videos/v.mp4'),
    (('clips/a', 'p', 'x', 9, 8, 12), 'apex 8 does not lie between onset 9 and offset 12'),
    (('clips/a', 'p', 'x', 12, '', 9), 'onset 12 comes after offset 9'),
    (('clips/b', 'p', 'x', 5, '', 6), 'clips/b has no frame between onset 5 and offset 6'),
    (('clips/a', 'p', 'x', 'ten'), "onset 'ten' is not a whole number"),
    (('clips/a', 'p', 'x', 9, 9.5), "apex '9.5' is not a whole number"),
    (('clips/a', 'p', 'x', '', '', -1), "offset '-1' is not a whole number"),
    (('clips/a', 'p/q', 'x'), "subject 'p/q' is not the name of a subject"),
    (('clips/a', 'p', 'x', '', '', '', 'a/b'), "clip 'a/b' is not the name of a folder"),
    (('.', 'p', 'x'), 'folder . has no image whose name ends in a number, such as img12.jpg'),
    (('clips/a', 'p', 'x', '', '', '', 'c' * 101), f'p/{"c" * 101}' + UNFIT),
    (('clips/a', 'p', 'x', '', '', '', 'c.landmarks'), 'p/c.landmarks' + UNFIT),
    (('clips/a', 'p', 'x', *['9'] * 3, 'c', '4', 'more'),
     '9 cells below 8 titles: put texts that hold the delimiter in quotes'),
])
def test_bad_rows(data, row, reason):
    result = read(data, row, ('videos/w.mp4', 'p9', 'sound'))
    assert [(entry.reason, entry.lost) for entry in result.left_out] == [(reason, True)]
    assert result.left_out[0].item.startswith('row 2 (')
    assert [record.sample_id for record in result.records] == ['custom/p9/w']


def test_contradictions_and_repetitions(data):
    result = read(
        data,
        ('clips/a', 'p', 'x'),                              # row 2
        ('clips/b', 'p', 'X'),
        ('videos/../clips/a', 'q', 'x'),
        ('clips/a', 'P', 'y', 9, '', 12, 'A'),
        ('videos/v.mp4', 'p', 'x', 0, '', 5),               # row 6
        ('videos/v.mp4', 'p', 'x', 6, '', 9),
        ('videos/v.mp4', 'p', 'x', 6, '', 9),               # row 8: repeats a row that cannot be used
        ('clips/a', 'p', 'x'))                              # row 9
    assert [record.sample_id for record in result.records] == ['custom/p/a', 'custom/p/v']
    assert [(entry.item, entry.reason, entry.lost) for entry in result.left_out] == [
        ('row 3 (p/b)', "label 'X' differs from 'x' of row 2 in capitals only", True),
        ('row 4 (q/a)', 'shows the same frames as row 2', True),
        ('row 5 (P/A)', 'clip A is already the name of row 2: give both a name in a column clip', True),
        ('row 7 (p/v)', 'clip v is already the name of row 6: give both a name in a column clip', True),
        ('row 8 (p/v)', 'clip v is already the name of row 6: give both a name in a column clip', True),
        ('row 9 (p/a)', 'repeats row 2', False)]


def test_table_without_optional_columns(data):
    result = read(data, ('x', str(data / 'clips/a'), 'p'), header=('label', 'path', 'subject'))
    assert result.records[0].frame_ids == tuple(range(8, 21)) and result.records[0].apex == 14


def test_names_of_clips(data):
    write_frames(data / 'clips/v1.2', [1, 2], 'img', np.random.default_rng(0))
    result = read(data, ('clips/v1.2', 'p', 'x'), ('clips/a/', 'p', 'x'), ('clips/a/../b', 'p', 'x'),
                  ('videos/w.mp4', 'p', 'x'))
    assert [record.clip for record in result.records] == ['v1.2', 'a', 'b', 'w']


def test_bad_tables(data, tmp_path):
    with pytest.raises(DatasetError, match='nowhere.csv cannot be read'):
        read_custom(tmp_path / 'nowhere.csv')
    with pytest.raises(DatasetError, match="has a column 'emotion', which is none of path, subject, label, onset"):
        read(data, header=('path', 'subject', 'emotion'))
    with pytest.raises(DatasetError, match="Unknown layout 'raw'"):
        read_custom(data / 'clips.csv', layout='raw')
    assert read_custom(data / 'clips.csv', layout='listed', dataset='mine').records[0].sample_id == 'mine/p01/a'
    assert CUSTOM.census is None and CUSTOM.fps is None and CUSTOM.cropped_layouts == CUSTOM.layouts


def test_checksum_follows_the_table(data):
    one, same = read(data, ROWS[0]), read(data, ROWS[0])
    other = read(data, (*ROWS[0][:5], 16, *ROWS[0][6:]))
    assert one.source == same.source != other.source


_text = st.text(string.ascii_letters + string.digits + ' /._-#"\n,;é', max_size=8)
_cell = st.one_of(_text, st.integers(-5, 40).map(str), st.sampled_from(
    ['', '..', '.', 'clips', '1.0', '/', '\x00', 'x' * 300]))


def _mostly(*good):
    return st.integers(0, 9).flatmap(lambda chance: _cell if chance == 9 else st.sampled_from(good))


_row = st.tuples(_mostly('clips/a', 'clips/b', 'videos/v.mp4', 'clips/a/../b'), _mostly('p', 'q', 'P'),
                 _mostly('x', 'y', 'X'), _mostly('', '9', '3'), _mostly('', '10', '4'), _mostly('', '12', '6'),
                 _mostly('', 'c', 'C'), _mostly('', '4+7'))
_header = st.integers(0, 9).flatmap(lambda chance: st.just(HEADER) if chance < 8 else st.one_of(
    st.permutations(HEADER), st.lists(_text, max_size=9)))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(st.one_of(_row, st.lists(_cell, max_size=10)), max_size=8),
       delimiter=st.sampled_from(',;\t'))
def test_any_table_gives_a_result_or_one_clear_error(data, header, rows, delimiter):
    table = write_table(data / 'any.csv', rows, header, delimiter)
    try:
        result = read_custom(table)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        table.unlink()
    assert result.num_rows == len(result.records) + len(result.left_out) <= len(rows)
    names = [record.sample_id.casefold() for record in result.records]
    assert len(set(names)) == len(names)
    for entry in result.left_out:
        assert '\n' not in entry.item + entry.reason and entry.reason
    for record in result.records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset


def test_a_video_that_vanishes_is_a_row_left_out(data):
    shutil.copy(data / 'videos/w.mp4', data / 'gone.mp4')
    (data / 'gone.mp4').write_bytes((data / 'gone.mp4').read_bytes()[:60])
    result = read(data, ('gone.mp4', 'p', 'x'), ROWS[0])
    assert result.left_out[0].reason.startswith('Video gone.mp4 cannot be read') and len(result.records) == 1
