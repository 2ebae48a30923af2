from fnmatch import fnmatch

import pytest

from fdp_mmaction.atomic import LEFTOVERS, replacing, write_text


def test_the_old_version_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / 'new' / 'a.txt'
    write_text(path, 'old ä')
    with pytest.raises(ZeroDivisionError), replacing(path) as partial:
        partial.write_text('half')
        assert path.read_text(encoding='utf-8') == 'old ä' and partial.suffix == '.txt'
        1 / 0  # noqa: B018
    assert path.read_text(encoding='utf-8') == 'old ä'
    write_text(path, 'new')
    assert path.read_text() == 'new' and [p.name for p in path.parent.iterdir()] == ['a.txt']


def test_writers_of_one_file_do_not_meet(tmp_path):
    """Not even with one process number, as two containers may have it."""
    path = tmp_path / 'a.txt'
    with replacing(path) as first, replacing(path) as second:
        assert first != second and all(fnmatch(partial.name, LEFTOVERS) for partial in (first, second))
        first.write_text('whole')
        second.write_text('whole')
    assert path.read_text() == 'whole' and [p.name for p in tmp_path.iterdir()] == ['a.txt']
