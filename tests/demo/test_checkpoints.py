from __future__ import annotations

import os
from pathlib import Path

import pytest

from fdp_mmaction.demo.checkpoints import find_checkpoints, parse_checkpoints
from fdp_mmaction.engine.launch import UsageError


def touch(path: Path, time: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('')
    os.utime(path, (time, time))
    return path


def test_names_and_paths(tmp_path: Path) -> None:
    first, second = touch(tmp_path / 'run/epoch_2.pth'), touch(tmp_path / 'a=b/epoch_1.pth')
    assert parse_checkpoints([str(first), f'small={first}', f'other={second}']) == {
        'run/epoch_2': first, 'small': first, 'other': second}
    with pytest.raises(UsageError, match='gone.pth does not exist; check the path in --checkpoint x='):
        parse_checkpoints([f'x={tmp_path / "gone.pth"}'])
    with pytest.raises(UsageError, match='names two models small'):
        parse_checkpoints([f'small={first}', f'small={second}'])


def test_the_last_checkpoint_of_each_training_is_found(tmp_path: Path) -> None:
    touch(tmp_path / 'quickstart/fdp.py')
    touch(tmp_path / 'quickstart/epoch_9.pth', 100)
    wanted = touch(tmp_path / 'quickstart/epoch_10.pth', 50)
    touch(tmp_path / 'quickstart/best_epoch_3.pth', 900)      # chosen on the test part, perhaps
    touch(tmp_path / 'loso/sub01/mol.py')
    newest = touch(tmp_path / 'loso/sub01/epoch_1.pth', 200)
    touch(tmp_path / 'no_config/epoch_1.pth', 300)
    found = find_checkpoints(tmp_path)
    assert list(found.items()) == [('loso/sub01', newest), ('quickstart', wanted)]
    assert list(find_checkpoints(tmp_path, most=1)) == ['loso/sub01']
    assert find_checkpoints(tmp_path / 'missing') == {}
