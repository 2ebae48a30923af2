"""The command as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from conftest import write_prepared
from load_file import load_file
from loso_kills import loso
from toy_loso import write_loso_config

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def tool() -> ModuleType:
    return load_file('tools/loso.py')


@pytest.fixture(scope='module')
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config one of whose folds fails once, and one always."""
    folder = tmp_path_factory.mktemp('toy')
    (folder / 'data').mkdir()
    data = write_prepared(folder / 'data', subjects=4, clips=5)
    hooks = [f"dict(type='FailHook', subject='{subject}', times={times}, counter={str(folder / subject)!r})"
             for subject, times in (('sub02', 1), ('sub03', 2))]
    return write_loso_config(folder, data, epochs=2, more=f'custom_hooks = [{", ".join(hooks)}]')


@pytest.mark.slow
def test_failures_are_told_and_tried_again(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    first = loso(toy, '--out', out, '--devices', 'cpu', '--jobs-per-device', 2)
    assert first.returncode == 1
    lines = first.stdout.splitlines()
    assert sum(': done in ' in line for line in lines) == 3 and 'sub02, seed 0: failed, is tried again' in lines
    assert 'sub03, seed 0: failed again' in lines and 'Report' not in first.stdout
    assert 'sub03, seed 0, failed twice; the end of its log:' in first.stderr
    assert '    RuntimeError: sub03 is broken' in first.stderr.splitlines()
    assert first.stderr.splitlines()[-1].startswith('error: 1 folds failed; the same command tries them again')

    partial = loso('report', out)      # what there is can be reported
    assert partial.returncode == 0 and 'Not finished' in (out / 'report/results.md').read_text()

    second = loso(toy, '--out', out)      # sub03 has failed often enough
    assert second.returncode == 0, second.stderr
    assert second.stdout.splitlines()[1].startswith('4/4  sub03, seed 0: done in ')
    assert second.stdout.splitlines()[0].startswith('Going on with an earlier run: 3 of 4 folds are done')
    assert second.stdout.splitlines()[-1] == f'Report: {out / "report"}'
    report = json.loads((out / 'report/results.json').read_text())
    assert str(report['environment']['threads'])[0].isdigit() and report['environment']['cpu']
    assert report['duration']['clock'] > 0
    assert report['finished'] and report['counted'] == dict(seeds=[0], subjects=[f'sub0{k}' for k in range(1, 5)],
                                                            mes=20)

    third = loso(toy, '--out', out, '--cfg-options', 'train_cfg.max_epochs=3')
    assert third.returncode == 2 and 'must not be mixed with: choose another --out' in third.stderr
    assert third.stderr.splitlines()[1:] == ['  train_cfg.max_epochs: 2 -> 3']
    assert 'Traceback' not in third.stderr
    same = loso('compare', out, out)
    assert same.returncode == 0 and '20 MEs of 4 subjects' in same.stdout and '+0.000' in same.stdout
    other = loso('compare', out, out, '--selections', 'last', 'best-on-test')
    assert other.returncode == 2 and 'best-on-test' in other.stderr and 'Traceback' not in other.stderr


@pytest.mark.parametrize(('words', 'message'), [
    (['nowhere.py'], 'Config nowhere.py does not exist'),
    (['report', 'nowhere'], 'nowhere holds no leave-one-subject-out run'),
    (['compare', 'nowhere', 'elsewhere'], 'nowhere holds no leave-one-subject-out run')])
def test_what_is_wrong_is_said_in_one_sentence(tool: ModuleType, words: list[str], message: str, tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['loso.py', *words])
    monkeypatch.setattr('fdp_mmaction.engine.loso.run.LocalLauncher', lambda start, slots: None)
    with pytest.raises(SystemExit) as stop:
        tool.main()
    assert stop.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f'error: {message}') and errors.count('\n') == 1
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_becomes_settings(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found: list = []

    def stop(settings, execution, fresh, subjects):
        found.extend((settings, execution, fresh, subjects))
        raise SystemExit(0)

    monkeypatch.setattr(tool, 'run_loso', stop)
    monkeypatch.setattr('sys.argv', ['loso.py', 'configs/fdp_casme2.py', '--seeds', '0', '2', '--select', 'compare',
                                     '--inner-share', '0.3', '--released-folds', '--gpus-per-fold', '2', '--fresh',
                                     '--devices', 'cuda:1', '--jobs-per-device', '3', '--subjects', 'sub01',
                                     '--launcher', 'slurm', '--slurm', 'timeout_min=5', '--keep-checkpoints', 'none',
                                     '--cfg-options', 'train_cfg.max_epochs=2'])
    with pytest.raises(SystemExit):
        tool.main()
    settings, execution, fresh, subjects = found
    assert (settings.config, settings.out) == ('configs/fdp_casme2.py', Path('work_dirs/loso/fdp_casme2_compare'))
    assert (settings.seeds, settings.selection, settings.inner_share) == ((0, 2), 'compare', 0.3)
    assert (settings.released_folds, settings.processes, settings.test_statistics) == (True, 2, False)
    assert settings.options == {'train_cfg.max_epochs': 2}
    assert (execution.launcher, execution.devices, execution.jobs_per_device) == ('slurm', ('cuda:1',), 3)
    assert (execution.slurm, execution.keep, execution.threads) == (dict(timeout_min=5), 'none', None)
    assert fresh is True and subjects == ['sub01']


def test_the_default_folder(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list = []

    def stop(settings, *_):
        found.append(settings)
        raise SystemExit(0)

    monkeypatch.setattr(tool, 'run_loso', stop)
    with pytest.raises(SystemExit):
        tool.run(tool.run_parser().parse_args(['configs/fdp_synthetic.py']))
    assert found[0].out == Path('work_dirs/loso/fdp_synthetic') and found[0].selection == 'last'


def test_help_teaches(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr('sys.argv', ['loso.py', '--help'])
    with pytest.raises(SystemExit):
        tool.main()
    text = capsys.readouterr().out
    for word in ('--select', '--jobs-per-device', 'compare work_dirs', 'report work_dirs', '--launcher', '--fresh'):
        assert word in text
