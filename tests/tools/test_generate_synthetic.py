"""The generator's command: a contact sheet, a release, and refusals."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from load_file import load_file

generate_synthetic = load_file('tools/generate_synthetic.py')


def test_preview_has_a_row_for_each_subject(tmp_path: Path) -> None:
    for subjects in (1, 2):
        assert generate_synthetic.main(['--preview', str(tmp_path / f'{subjects}.png'), '--subjects', str(subjects),
                                        '--clips', '1']) == 0
    one, two = (cv2.imread(str(tmp_path / f'{subjects}.png')) for subjects in (1, 2))
    assert one.shape[1] == two.shape[1] and 130 < two.shape[0] - one.shape[0] < 170
    assert np.array_equal(one[:140], two[:140]) and one[:140].std() > 20      # the first subject, the same in both


def test_release(tmp_path: Path) -> None:
    arguments = ['--out', str(tmp_path), '--subjects', '1', '--clips', '1', '--width', '64', '--fps', '30']
    assert generate_synthetic.main(arguments) == 0
    [frame, *_] = sorted(tmp_path.glob('CASME2_RAW_selected/sub01/*/img*.jpg'))
    assert cv2.imread(str(frame)).shape == (48, 64, 3)


@pytest.mark.parametrize('extra', [['--subjects', '0'], ['--fps', '0'], ['--width', '8']])
def test_wrong_sizes_end_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture, extra: list[str]) -> None:
    assert generate_synthetic.main(['--out', str(tmp_path), '--clips', '1', *extra]) == 2
    assert capsys.readouterr().err.startswith('error: ')
