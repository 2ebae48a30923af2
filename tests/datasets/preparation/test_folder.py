from __future__ import annotations

import json

import numpy as np
import pytest

from fdp_mmaction.datasets.preparation.folder import PreparedFolder
from fdp_mmaction.errors import DatasetError

IDENTITY = {'dataset': 'x', 'settings': {'size': 8}}
FRAMES = np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8)
LANDMARKS = np.zeros((3, 68, 2), np.float32)


@pytest.fixture
def folder(tmp_path):
    folder = PreparedFolder(tmp_path / 'out')
    folder.open(IDENTITY)
    return folder


def test_a_clip_is_done_with_its_last_file(folder):
    assert not folder.is_done('s', 'c', 3, 8, True)
    folder.write_clip('s', 'c', FRAMES, None)
    assert folder.is_done('s', 'c', 3, 8, False) and not folder.is_done('s', 'c', 3, 8, True)
    folder.write_clip('s', 'c', FRAMES, LANDMARKS)
    assert folder.is_done('s', 'c', 3, 8, True)
    assert not folder.is_done('s', 'c', 4, 8, True) and not folder.is_done('s', 'c', 3, 9, True)
    stored = np.load(folder.path / 'clips/s/c.npy', mmap_mode='r')
    assert isinstance(stored, np.memmap) and np.array_equal(stored, FRAMES)
    path = folder.path / 'clips/s/c.npy'
    path.write_bytes(path.read_bytes()[:-1])
    assert not folder.is_done('s', 'c', 3, 8, True)


def test_only_the_same_identity_continues(folder):
    folder.open(IDENTITY)
    for other, message in (({'dataset': 'x', 'settings': {'size': 9}}, 'settings.size = 8, now 9'),
                           ({'dataset': 'x', 'settings': {'size': 8, 'more': 1}}, 'settings.more = None, now 1'),
                           ({'dataset': 'x'}, 'prepared with settings.size, which does not apply')):
        with pytest.raises(DatasetError, match=f'{message}.*--fresh'):
            folder.open(other)


def test_fresh_deletes_what_was_prepared_and_nothing_else(folder):
    folder.write_clip('s', 'c', FRAMES, LANDMARKS)
    folder.write_annotations({}, [])
    (folder.path / 'notes.txt').write_text('mine')
    folder.open({'dataset': 'y'}, fresh=True)
    assert sorted(path.name for path in folder.path.iterdir()) == ['notes.txt', 'preparation.json']
    assert json.loads((folder.path / 'preparation.json').read_text())['complete'] is False


@pytest.mark.parametrize('fresh', [False, True])
def test_a_foreign_folder_is_left_alone(tmp_path, fresh):
    (tmp_path / 'clips').mkdir()
    with pytest.raises(DatasetError, match='is not empty and was not made by this tool'):
        PreparedFolder(tmp_path).open(IDENTITY, fresh=fresh)
    assert (tmp_path / 'clips').is_dir()
    (tmp_path / 'file').touch()
    with pytest.raises(DatasetError, match='is a file'):
        PreparedFolder(tmp_path / 'file').open(IDENTITY)


@pytest.mark.parametrize('content', ['', '{}', '[]', 'null', '{"identity": 3}', '{"identity": {}, '])
def test_damaged_report(folder, content):
    (folder.path / 'preparation.json').write_text(content)
    with pytest.raises(DatasetError, match='preparation.json is damaged: start over with --fresh'):
        folder.open(IDENTITY)
    folder.open(IDENTITY, fresh=True)


def test_leftovers_of_a_killed_run_are_removed(folder):
    folder.write_clip('s', 'c', FRAMES, LANDMARKS)
    (folder.path / 'clips/s/.d.123.partial.npy').write_bytes(b'half')
    folder.open(IDENTITY)
    assert not list(folder.path.rglob('.*.partial*')) and folder.is_done('s', 'c', 3, 8, True)


def test_annotations_are_json_with_a_line_per_record(folder):
    folder.write_annotations({'dataset': 'x'}, [{'a': 1}, {'a': 2}])
    text = (folder.path / 'annotations.json').read_text()
    assert json.loads(text) == {'metainfo': {'dataset': 'x'}, 'data_list': [{'a': 1}, {'a': 2}]}
    assert len(text.splitlines()) == 5
