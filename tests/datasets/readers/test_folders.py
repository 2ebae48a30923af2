from __future__ import annotations

from fdp_mmaction.datasets.readers.folders import list_frames, walk


def _touch(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_frames_in_numeric_order_without_junk(tmp_path):
    _touch(tmp_path, 'img9.jpg', 'img10.JPG', 'img100.jpg', 'img0011.jpg', 'reg_img12.jpg', 'img.jpg', 'Thumbs.db',
           'img13.lnk', 'img14_b.jpg', '._img15.jpg')
    frames, repeated = list_frames(tmp_path, 'img')
    assert [number for number, _ in frames] == [9, 10, 11, 100] and repeated == 0
    assert [path.name for _, path in frames] == ['img9.jpg', 'img10.JPG', 'img0011.jpg', 'img100.jpg']
    assert [number for number, _ in list_frames(tmp_path, 'reg_img')[0]] == [12]


def test_a_repeated_number_is_counted_and_the_shorter_name_kept(tmp_path):
    _touch(tmp_path, 'img007.jpg', 'img7.jpg')
    assert list_frames(tmp_path, 'img') == ([(7, tmp_path / 'img7.jpg')], 1)


def test_one_nested_level(tmp_path):
    _touch(tmp_path / 'a', 'img1.jpg')
    assert [number for number, _ in list_frames(tmp_path, 'img')[0]] == [1]
    _touch(tmp_path / 'b', 'img2.jpg')
    assert list_frames(tmp_path, 'img') == ([], 0)       # which of the two is meant?
    _touch(tmp_path / 'c/d/e', 'img1.jpg')
    assert list_frames(tmp_path / 'c', 'img') == ([], 0)   # one level, not any number
    assert list_frames(tmp_path / 'missing', 'img') == ([], 0)


def test_walk_goes_level_by_level(tmp_path):
    for name in ('b/x/deep', 'a/y', '.hidden'):
        (tmp_path / name).mkdir(parents=True)
    names = [folder.relative_to(tmp_path).as_posix() for folder in walk(tmp_path, 2)]
    assert names == ['.', 'a', 'b', 'a/y', 'b/x']


def test_walk_leaves_out_folders_with_all_below_them(tmp_path):
    for name in ('b/x', 'a/y/z', 'a/b'):
        (tmp_path / name).mkdir(parents=True)
    names = [folder.relative_to(tmp_path).as_posix() for folder in walk(tmp_path, 3, lambda path: path.name == 'b')]
    assert names == ['.', 'a', 'a/y', 'a/y/z']
