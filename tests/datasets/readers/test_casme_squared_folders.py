from __future__ import annotations

from pathlib import Path

import pytest

from fdp_mmaction.datasets.readers.casme_squared_folders import LAYOUTS, find_folders
from fdp_mmaction.errors import DatasetError

SUBJECTS = {1: 's15', 15: 's32', 7: 's23'}


def _make(root: Path, *folders: str) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


def _found(root: Path, layout: str = 'auto', clips=()):
    folders, videos = find_folders(root, layout, SUBJECTS, clips)
    return folders.layout, {key: path.relative_to(root).as_posix() for key, path in folders.paths.items()}, videos


def test_long_videos_by_the_code_in_their_name(tmp_path):
    _make(tmp_path, 'rawpic/s15/15_0503unnyfarting', 'rawpic/s15/15_0101', 'rawpic/s15/.hidden', 'rawpic/notes/x')
    assert _found(tmp_path) == (
        'rawpic', {('s15', '15_0101'): 'rawpic/s15/15_0101', ('s15', '15_0503unnyfarting'):
                   'rawpic/s15/15_0503unnyfarting'},
        {('s15', '0101'): '15_0101', ('s15', '0503'): '15_0503unnyfarting'})


@pytest.mark.parametrize('own, expected', [(False, 'a/s15/23_0502x'), (True, 'a/s23/23_0502x')])
def test_videos_of_other_subjects(tmp_path, own, expected):
    _make(tmp_path, 'a/s15/23_0502x', *(['a/s23/23_0502x'] if own else []))
    layout, paths, videos = _found(tmp_path)
    assert layout == 'rawpic' and videos == {('s23', '0502'): '23_0502x'} and paths['s23', '23_0502x'] == expected
    assert len(paths) == 1 + own   # the other one stays where it lies, and will be listed as one without a row


def test_a_number_that_is_no_subject_says_nothing(tmp_path):
    _make(tmp_path, 'a/s15/99_0502x')
    assert _found(tmp_path)[2] == {('s15', '0502'): '99_0502x'}


@pytest.mark.parametrize('clips, subject', [
    ((), 's15'), ((('s15', 'happy1_1'),), 's15'), ((('s32', 'happy1_1'),), 's32'),
    ((('s32', 'happy1_1'), ('s15', 'happy1_1')), 's15'), ((('s32', 'happy1_1'), ('s32', 'happy1_2')), 's32')])
def test_what_a_folder_with_a_bare_number_means(tmp_path, clips, subject):
    _make(tmp_path, 'cropped/15/Happy1_1', 'cropped/15/happy1_2')
    layout, paths, videos = _found(tmp_path, clips=clips)
    assert layout == 'cropped' and videos is None
    assert paths == {(subject, name): f'cropped/15/{name}' for name in ('Happy1_1', 'happy1_2')}


def test_layouts_in_their_order(tmp_path):
    _make(tmp_path, 'cropped/15/a1_1', 'longVideoFaceCropped/s15/15_0101', 'rawpic/rawpic/s15/15_0101',
          'selectedpic/s15/a1_1')
    assert _found(tmp_path)[0] == 'rawpic'
    assert [_found(tmp_path, layout)[0] for layout in LAYOUTS] == list(LAYOUTS)
    with pytest.raises(DatasetError, match=r'Unknown layout .raw.: choose one of auto, rawpic, selectedpic'):
        _found(tmp_path, 'raw')


def test_nothing_there(tmp_path):
    with pytest.raises(DatasetError, match='No folders s15/15_0101'):
        _found(_make(tmp_path, 'rawpic/s15', 'videos/x/15_0101'))
