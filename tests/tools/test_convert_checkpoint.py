"""The converter as a user starts it. Tensors repeat one value each, so files stay small."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from load_file import load_file

import fdp_mmaction  # noqa: F401
from fdp_mmaction.models import released_mol
from fdp_mmaction.models.released_fdp import released_entries

TOOL = Path(__file__).parents[2] / 'tools/convert_checkpoint.py'


@pytest.fixture
def convert(monkeypatch, capsys):
    """Run the tool in this process; exit status, stdout and stderr without line breaks."""
    tool = load_file(TOOL)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['convert_checkpoint.py', *map(str, arguments)])
        status = 0
        try:
            tool.main()
        except SystemExit as stop:
            status = stop.code or 0
        captured = capsys.readouterr()
        return status, ' '.join(captured.out.split()), ' '.join(captured.err.split())

    return run


@pytest.fixture
def released(tmp_path) -> Path:
    weights = {entry.released: torch.tensor(index + 1 / 3, dtype=torch.float32).expand(entry.shape)
               for index, entry in enumerate(released_entries())}
    torch.save(weights, tmp_path / 'FDP.pth')
    return tmp_path / 'FDP.pth'


def test_there_and_back(convert, released, tmp_path):
    status, out, _ = convert(released, tmp_path / 'own.pth')
    assert status == 0 and '438 tensors, 5 classes' in out
    own = torch.load(tmp_path / 'own.pth', weights_only=True)
    assert own['meta']['converted_from'] == 'released FDP'
    assert list(own['state_dict']) == [entry.own for entry in released_entries()]
    assert convert(tmp_path / 'own.pth', tmp_path / 'back.pth', '--to', 'released')[0] == 0
    before, after = (torch.load(path, weights_only=True) for path in (released, tmp_path / 'back.pth'))
    assert list(before) == list(after) and all(torch.equal(before[key], after[key]) for key in before)
    assert all(before[key].dtype == after[key].dtype for key in before)


@pytest.mark.parametrize('classes', [3, 5])
def test_mol_is_recognised_there_and_back(convert, tmp_path, classes):
    entries = released_mol.released_entries(classes)
    torch.save({entry.released: torch.tensor(index + 1 / 3, dtype=torch.float32).expand(entry.shape)
                for index, entry in enumerate(entries)}, tmp_path / 'MOL.pth')
    status, out, _ = convert(tmp_path / 'MOL.pth', tmp_path / 'own.pth')
    assert status == 0 and f'MOL, 175 tensors, {classes} classes' in out
    own = torch.load(tmp_path / 'own.pth', weights_only=True)
    assert own['meta']['converted_from'] == 'released MOL'
    assert {key: tuple(value.shape) for key, value in own['state_dict'].items()} == {
        entry.own: entry.own_shape or entry.shape for entry in entries}
    assert convert(tmp_path / 'own.pth', tmp_path / 'back.pth', '--to', 'released')[0] == 0
    before, after = (torch.load(tmp_path / name, weights_only=True) for name in ('MOL.pth', 'back.pth'))
    assert list(before) == list(after) and all(torch.equal(before[key], after[key]) for key in before)
    del before['FCC_1.meta_kernel_1_H']
    torch.save(before, tmp_path / 'MOL.pth')
    status, _, err = convert(tmp_path / 'MOL.pth', tmp_path / 'none.pth')
    assert status == 2 and 'FCC_1.meta_kernel_1_H │ missing' in err and "the authors' released MOL (1 missing)" in err


def test_a_file_of_another_network_gets_a_table(convert, tmp_path, released):
    weights = torch.load(released, weights_only=True)
    del weights['mer.fc1.bias']
    torch.save(dict(model=dict(weights, extra=torch.zeros(3), **{'mer.conv3d.bias': torch.zeros(7)})), released)
    status, out, err = convert(released, tmp_path / 'own.pth')
    assert status == 2 and out == '' and not (tmp_path / 'own.pth').exists()
    for row in ('mer.fc1.bias │ missing │ expected (256,)', 'extra │ unexpected │ (3,)',
                'mer.conv3d.bias │ wrong shape │ (7,), expected (8,)'):
        assert row in err
    assert err.count('error: ') == 1 and "not a checkpoint of the authors' released FDP (1 missing, 1 unexpected" in err
    torch.save(dict(layer=torch.zeros(3)), released)
    err = convert(released, tmp_path / 'own.pth')[2]
    assert 'and 374 more' in err and 'layer │ unexpected' in err      # counters of batches may be missing


def test_wrong_direction(convert, tmp_path, released):
    status, _, err = convert(released, tmp_path / 'back.pth', '--to', 'released')
    assert status == 2 and '384 missing, 438 unexpected' in err and 'direction' in err


@pytest.mark.parametrize('content, message', [
    (None, 'does not exist'), (b'no checkpoint', 'is damaged or is not a PyTorch checkpoint'),
    (dict(epoch=3), 'holds no weights'), (dict(model=torch.nn.Linear(2, 2)), 'could run code')])
def test_files_that_cannot_be_used(convert, tmp_path, content, message):
    source = tmp_path / 'source.pth'
    if isinstance(content, bytes):
        source.write_bytes(content)
    elif content is not None:
        torch.save(content, source)
    status, _, err = convert(source, tmp_path / 'target.pth')
    assert status == 2 and err.startswith('error: ') and message in err and 'Traceback' not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == (['source.pth'] if content is not None else [])


def test_the_source_is_never_overwritten(convert, released):
    before = released.read_bytes()
    assert 'same file' in convert(released, released)[2] and released.read_bytes() == before


def test_help_teaches(convert):
    status, out, _ = convert('--help')
    assert status == 0 and '--to released' in out and 'configs/fdp_released_casme2.py' in out
