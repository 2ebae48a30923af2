"""Whatever the sheets and folders of a CAS(ME)^2 hold, the reader accounts for it."""

from __future__ import annotations

import shutil
import string

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_casme_squared import MACRO, MICRO

from fdp_mmaction.datasets.readers.casme_squared import read_casme_squared, read_casme_squared_macro
from fdp_mmaction.datasets.readers.casme_squared_folders import LAYOUTS
from fdp_mmaction.errors import DatasetError

_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，^()', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '1', 's15', 'disgust2_1', 'disgust2', '../a', '.', '4 or 7', '0102', 'micro']))


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_clip = _usually(st.sampled_from([(1, 'disgust2_1'), (1, 'disgust2_2'), (2, 'happy1_1'), ('2', ' Happy1_1 '),
                                  (7, 'happy1_1')]), st.tuples(_cell, _cell))
_row = st.tuples(_clip, _mostly(1, 3), _mostly(4, 0, 3), _mostly(5, 6, 0), _mostly('4+7', 12),
                 _mostly('others', 'Negative', 'surprise'), _mostly(MICRO, MICRO, MACRO),
                 _mostly('disgust', None)).map(lambda row: (*row[0], *row[1:]))
_rule = _usually(st.none(), st.lists(st.one_of(st.lists(_cell, max_size=4), st.just((15, 's15', 2)),
                                               st.just(('0101', 'disgust2'))), max_size=4))
_folder = st.sampled_from([
    'rawpic/s15/15_0102a', 'rawpic/s15/15_0502unny', 'rawpic/s19/23_0502', 'rawpic/S16/16_0102x/y', 'rawpic/s15/b',
    'selectedpic/s15/disgust2_1', 'selectedpic/s16/Happy1_1', 'cropped/15/disgust2_1', 'cropped/1/disgust2_2',
    'cropped/7/happy1_1', 's15/15_0102', 'other/a'])
_file = st.tuples(_folder, st.sampled_from(['img', 'img_', 'reg_img', '', 'x.']), st.integers(0, 8),
                  st.sampled_from(['.jpg', '.lnk', '.JPG']))
_layout = _usually(st.just('auto'), st.sampled_from(LAYOUTS))
_sound = st.sampled_from([['rawpic/s15/15_0102eatingworms', 'rawpic/s16/16_0502funnyerrors'],
                          ['selectedpic/s15/disgust2_1', 'selectedpic/s16/happy1_1'],
                          ['cropped/15/disgust2_1', 'cropped/16/happy1_1'], []])


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_row, min_size=1, max_size=8), rules=st.tuples(_rule, _rule), files=st.lists(_file, max_size=12),
       sound=_sound, layout=_layout)
def test_any_sheet_and_tree_give_a_result_or_one_clear_error(tmp_path_factory, rows, rules, files, sound, layout):
    root = tmp_path_factory.mktemp('any')
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in zip(('CASFEcode_final', 'naming rule1', 'naming rule2'), (rows, *rules)):
        sheet = book.create_sheet(name)
        for line in lines or ():
            sheet.append(list(line))
    book.save(root / 'code_final.xlsx')
    for folder, prefix, number, suffix in [(name, 'img', n, '.jpg') for name in sound for n in range(2, 6)] + files:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / f'{prefix}{number:03d}{suffix}').touch()
    try:
        micro, macro = read_casme_squared(root, layout=layout), read_casme_squared_macro(root, layout=layout)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    filled = sum(any(str(cell).strip() for cell in row[:8] if cell is not None) for row in rows)
    for result in (micro, macro):
        assert result.num_rows == len(result.records) + len(result.left_out)
        assert result.num_rows + int(result.source['rows_of_other_type']) == filled
    records = [*micro.records, *macro.records]
    assert len({record.sample_id for record in records}) == len(records)
    for record in records:
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
