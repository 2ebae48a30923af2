"""Refusals of ``tools/export.py``; what it does is tested in ``tests/test_export.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_inference
from load_file import load_file

REPO = Path(__file__).resolve().parents[2]
tool = load_file('tools/export.py')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    return {kind: tiny_inference.write_trained(tmp_path_factory.mktemp(kind), kind)
            for kind in ('fdp', 'dynamic_image', 'r3d')}


def refused(capsys, *arguments) -> str:
    with pytest.raises(SystemExit) as stop:
        tool.main([*map(str, arguments), '--format', 'torch-export'])
    assert stop.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_refusals(trained, tmp_path, capsys):
    out, fdp = tmp_path / 'out', trained['fdp']
    assert 'does not exist' in refused(capsys, tmp_path / 'none.pth', '--out', out)
    assert '--heads takes class, rank, dynamic_image' in refused(capsys, fdp, '--out', out, '--heads', 'landmarks')
    assert 'annotations.json does not exist' in refused(capsys, fdp, '--out', out, '--data-root', tmp_path)
    assert 'not a whole number' in refused(capsys, fdp, '--out', out, '--time', '0')
    assert 'holds FramesToDynamicImage' in refused(capsys, trained['dynamic_image'], '--out', out)
    assert 'Only a MicroExpressionRecognizer' in refused(capsys, trained['r3d'], '--out', out) and not out.exists()
