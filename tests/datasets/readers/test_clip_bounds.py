from __future__ import annotations

import pytest

from fdp_mmaction.datasets.readers.clip_bounds import bounds_from_folder
from fdp_mmaction.datasets.readers.frame_folders import FrameFolders


@pytest.fixture
def folders(tmp_path) -> FrameFolders:
    for clip, numbers in (('a', range(10, 21)), ('empty', ())):
        (tmp_path / clip).mkdir()
        for number in numbers:
            (tmp_path / clip / f'{number}.jpg').touch()
    return FrameFolders(tmp_path, 'cropped', {('s', clip): tmp_path / clip for clip in ('a', 'empty')}, (None,))


def _row(onset, apex, offset, **more):
    return {'subject': 's', 'clip': 'a', 'onset': onset, 'apex': apex, 'offset': offset, **more}


@pytest.mark.parametrize('onset, apex, offset', [
    (10, 15, 20), (12, 15, 18), (1, '/', 10), (20, 3, 99), (10, 25, 18), (12, None, 18), (15, 15, 15)])
def test_possible_bounds_stay(folders, onset, apex, offset):
    row = _row(onset, apex, offset)
    assert bounds_from_folder(row, folders) is row


@pytest.mark.parametrize('onset, apex, offset', [
    ('', 15, 20), (10, 15, '/'), (12.5, 15, 20), (20, 15, 10), (21, 25, 30), (1, 5, 9), (10, 19, 18)])
def test_impossible_bounds_are_those_of_the_folder(folders, onset, apex, offset):
    row = bounds_from_folder(_row(onset, apex, offset), folders)
    assert (row['onset'], row['apex'], row['offset']) == (10, apex, 20)
    assert row['remark'] == (f'onset {onset!r} and offset {offset!r} cannot be: the first and the last frame of the '
                             'clip are used')


def test_remarks_add_up(folders):
    assert bounds_from_folder(_row(1, 1, 1, remark='so'), folders)['remark'].startswith('so; onset 1 and offset 1 ')


def test_nothing_to_go_by(folders):
    for changes in (dict(clip='b'), dict(clip='empty'), dict(folder='empty'), dict(subject='t')):
        row = {**_row('', 15, 20), **changes}
        assert bounds_from_folder(row, folders) is row
    assert bounds_from_folder({**_row('', 15, 20), 'clip': 'b', 'folder': 'a'}, folders)['onset'] == 10
