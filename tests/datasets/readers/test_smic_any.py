"""Whatever the sheet or the tree of folders holds, SMIC gives a result or one clear error."""

from __future__ import annotations

import shutil
import string
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mini_smic import HEADERS, touch, write_sheet

from fdp_mmaction.datasets.readers.smic import CENSUS, read_smic
from fdp_mmaction.errors import DatasetError


def _usually(good, strange):
    """Nine times in ten the first strategy, so that strange things meet sound surroundings."""
    return st.integers(0, 9).flatmap(lambda chance: strange if chance == 9 else good)


_text = st.text(string.ascii_letters + string.digits + ' /_-+,.;é，', max_size=8)
_cell = st.one_of(st.none(), st.booleans(), st.integers(-5, 40), st.integers(), st.floats(), _text,
                  st.sampled_from(['/', '1', 's01', 's1_ne_01', 's1_ne_1', '../a', '.', 's1', '0', 's1_ne_01_2']))


def _mostly(*good):
    return _usually(st.sampled_from(good), _cell)


_row = st.tuples(
    _mostly(1, '2', 's01'), _mostly('s1_ne_01', 's1_ne_03', 's2_po_01'), st.none(), _mostly(1, 3, 5), _mostly(4, 5, 8),
    _mostly(None, 3, 10), _mostly(None, 5, 12), _mostly(None, None, 5), _mostly(None, None, 8), st.none(),
    _mostly(1, 'text'), _mostly(90), st.none(), st.none(), st.none(), st.none(), _mostly('negative', 'Positive', None))
_header = _usually(st.just(HEADERS['HS']), st.one_of(
    st.permutations(HEADERS['HS']), st.sampled_from((HEADERS['VIS'], HEADERS['NIR'])), st.lists(_cell, max_size=17),
    st.integers(0, 16).map(lambda gone: HEADERS['HS'][:gone] + HEADERS['HS'][gone + 1:])))
_level = st.sampled_from(['HS', 's1', 's01', 's02', 'S2', 'micro', 'non_micro', 'negative', 'Positive', 'x', 's1_ne_01',
                          's2_po_01', 's2_sur_03', 'crop', 'VIS', '.hidden'])
_file = st.tuples(st.lists(_level, max_size=6), st.sampled_from(['image', 'reg_image', '', 'xxx ', 'reg_']),
                  st.integers(0, 12), st.sampled_from(['.bmp', '.jpg', '.db', '.JPG']))
_files = st.lists(_file, max_size=10)


def _write(root: Path, files) -> None:
    for levels, prefix, number, suffix in files:
        touch(root.joinpath(*levels), f'{prefix}{number:03d}{suffix}')


def _check(result) -> None:
    assert result.num_rows == len(result.records) + len(result.left_out)
    ids = [record.sample_id for record in result.records]
    assert len(set(ids)) == len(ids)
    for record in result.records:
        assert record.sample_id == f'smic/{record.subject}/{record.clip}' and record.emotion in CENSUS['HS'].emotions
        assert record.frame_ids and len(record.frame_ids) == len(record.frame_paths)
        assert list(record.frame_ids) == sorted(set(record.frame_ids)) and record.apex in record.frame_ids
        assert record.onset <= record.frame_ids[0] and record.frame_ids[-1] <= record.offset
        assert all(Path(path).is_file() for path in record.frame_paths)
    assert {sample for sample, _ in result.remarks} <= set(ids)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=_header, rows=st.lists(_row, max_size=7), files=_files, errata=st.booleans())
def test_any_sheet_gives_a_result_or_one_clear_error(tmp_path_factory, header, rows, files, errata):
    root = tmp_path_factory.mktemp('any')
    write_sheet(root / 'SMIC-HS-E_annotation.xlsx', rows, header)
    sound = [((subject, clip), 'image', number, '.jpg') for subject, clip in (
        ('s01', 's1_ne_01'), ('s01', 's1_ne_03'), ('s02', 's2_po_01')) for number in range(13)]
    _write(root / 'HS_long', sound + files)
    try:
        result = read_smic(root, errata=errata, layout='long')
        _check(result)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    if header == HEADERS['HS']:
        clips = [index for index, row in enumerate(rows) if str(row[1]).strip().lower() in (
            's1_ne_01', 's1_ne_03', 's2_po_01', 's1_ne_1')]
        filled = sum(any(str(cell).strip() for cell in row if cell is not None)
                     for row in rows[:max(clips, default=-1) + 1])
        assert filled <= result.num_rows <= 3 * len(rows)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=_files, layout=st.sampled_from(['auto', 'raw', 'cropped']))
def test_any_tree_gives_a_result_or_one_clear_error(tmp_path_factory, files, layout):
    root = tmp_path_factory.mktemp('any')
    sound = [(('s2', 'micro', 'positive', 's2_po_01'), 'image', number, '.bmp') for number in (3, 4, 6)]
    _write(root / 'HS', sound + files)
    try:
        result = read_smic(root, layout=layout)
        _check(result)
    except DatasetError as error:
        assert str(error).endswith('.') and '\n' not in str(error)
        return
    finally:
        shutil.rmtree(root)
    clips = {tuple(levels[:index + 1]) for levels, _, _, _ in sound + files for index, name in enumerate(levels)
             if index > 1 and levels[0] in ('s1', 's01', 's02', 'S2') and name.startswith('s2_')
             and not any(level.startswith(('.', 's1_', 's2_')) or level in ('x', 'HS', 'crop', 'VIS')
                         for level in levels[:index])
             and 'micro' in levels[:index] and 'non_micro' not in levels[:index]}
    if result.source['clips'] == 'HS':
        assert len(clips) <= result.num_rows
