from __future__ import annotations

from pathlib import Path

from fdp_mmaction.datasets.readers.frame_folders import FrameFolders


def _folders(root: Path, *names: str, prefixes=('img',)) -> FrameFolders:
    paths = {tuple(name.split('/')): root / name for name in names}
    for path in paths.values():
        path.mkdir(parents=True)
    return FrameFolders(root, 'raw', paths, prefixes)


def test_the_exact_name_or_the_only_one_that_differs_in_case(tmp_path):
    folders = _folders(tmp_path, 'sub01/EP01', 'sub01/ep02', 'sub01/Ep02', 'Sub02/ep01')
    assert folders.find('sub01', 'EP01') == ('sub01', 'EP01')
    assert folders.find('sub01', 'ep01') == ('sub01', 'EP01')
    assert folders.find('sub01', 'ep02') == ('sub01', 'ep02')
    assert folders.find('sub01', 'EP02') is None                  # two differ in case alone
    assert folders.find('sub02', 'EP01') == ('Sub02', 'ep01')
    assert folders.find('sub03', 'EP01') is None


def test_the_first_prefix_with_images_counts(tmp_path):
    folders = _folders(tmp_path, 's1/a', 's1/b', 's1/c', prefixes=('reg_img', None))
    for name in ('a/reg_img10.jpg', 'a/reg_img9.jpg', 'a/other1.jpg', 'b/x 3.bmp', 'b/2.bmp', 'c/notes.txt'):
        (tmp_path / 's1' / name).write_bytes(b'')
    assert [number for number, _ in folders.frames(('s1', 'a'))[0]] == [9, 10]
    assert [path.name for _, path in folders.frames(('s1', 'b'))[0]] == ['2.bmp', 'x 3.bmp']
    assert folders.frames(('s1', 'c')) == ([], 0)
    assert [number for number, _ in folders.frames(('s1', 'a'))[0]] == [9, 10]      # after another folder was listed


def test_folders_nobody_asked_for(tmp_path):
    folders = _folders(tmp_path, 's2/b', 's1/a', 's1/c')
    folders.used.add(('s1', 'c'))
    assert folders.unlabelled == ('s1/a', 's2/b')
