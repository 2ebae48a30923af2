"""Files of a result."""

from __future__ import annotations

import json

from fdp_mmaction.engine.benchmark.report import write_result


def test_both_files_appear_whole(tmp_path) -> None:
    files = write_result(tmp_path / 'new', 'train', dict(a=1), 'text')
    assert [path.name for path in files] == ['train.json', 'train.md']
    assert json.loads(files[0].read_text()) == dict(a=1) and files[1].read_text() == 'text\n'
    assert sorted(path.name for path in (tmp_path / 'new').iterdir()) == ['train.json', 'train.md']
