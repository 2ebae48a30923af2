from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest
from torch.utils.data import DataLoader, Dataset

from fdp_mmaction.engine import launch
from fdp_mmaction.engine.config_options import merge_options
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError, FaceError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (launch.SUBJECT_VARIABLE, 'LOCAL_RANK', 'CUBLAS_WORKSPACE_CONFIG'):
        monkeypatch.setenv(name, '')      # so that what the code sets is undone, too
        monkeypatch.delenv(name)


def parse(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    parser.add_argument('config')
    launch.add_common_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / 'toy.py'
    path.write_text("subject = '{{$ME_TEST_SUBJECT:sub01}}'\nlr = 0.1\n")
    return str(path)


def test_the_left_out_subject_reaches_the_config(config: str) -> None:
    assert launch.read_config(parse(config)).subject == 'sub01'
    cfg = launch.read_config(parse(config, '--test-subject', 'sub17'))
    assert cfg.subject == 'sub17' and os.environ['ME_TEST_SUBJECT'] == 'sub17'      # workers inherit it
    assert cfg.work_dir == os.path.join('work_dirs', 'toy', 'sub17')


def test_a_subject_that_would_change_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'fixed.py'
    path.write_text("subject = 'sub01'\n")
    with pytest.raises(launch.UsageError, match=r'does not read \{\{\$ME_TEST_SUBJECT:...\}\}, so --test'):
        launch.read_config(parse(str(path), '--test-subject', 'sub02'))


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(launch.UsageError, match='nowhere.py does not exist'):
        launch.read_config(parse(str(tmp_path / 'nowhere.py')))


@pytest.mark.parametrize(('text', 'message'), [
    ("_base_ = ['configs/x.py']", "No such file .*configs/x.py'; a path in _base_ counts from the folder"),
    ("_base_ = ['toy.py']\nmodel = dict(\n", r'SyntaxError: .* line 2: model = dict\(; it may be in a file'),
    ("_base_ = ['toy.py']\nmodel = dikt()\n", r"NameError: name 'dikt' is not defined in .*bad.py, line 2 \("),
    ("custom_imports = dict(imports=['no_such_part'], allow_failed_imports=False)",
     "ModuleNotFoundError: No module named 'no_such_part'; PYTHONPATH tells")])
def test_what_is_wrong_with_a_config_is_one_sentence(config: str, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / 'bad.py'
    path.write_text(text)
    with pytest.raises(launch.UsageError, match=message) as caught:
        launch.load_config(path)
    sentence = str(caught.value)
    assert sentence.startswith(f'Config {path} cannot be read: ') and '\n' not in sentence
    assert sentence.endswith('(--debug shows the traceback).') and caught.value.__cause__ is not None


def test_work_dir_and_launcher(config: str) -> None:
    cfg = launch.read_config(parse(config, '--work-dir', 'here', '--launcher', 'pytorch', '--local-rank', '3'))
    assert (cfg.work_dir, cfg.launcher, os.environ['LOCAL_RANK']) == ('here', 'pytorch', '3')
    assert launch.read_config(parse(config)).work_dir.rstrip('/') == os.path.join('work_dirs', 'toy')
    assert os.environ['LOCAL_RANK'] == '3'      # a launcher's own value stays
    Path(config).write_text("work_dir = 'from_config'\n")
    assert launch.read_config(parse(config)).work_dir == 'from_config'


def test_options_win_and_determinism_is_prepared(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.Runner, 'from_cfg', staticmethod(lambda cfg: cfg))
    args = parse(config, '--cfg-options', 'lr=0.5', 'randomness.deterministic=True')
    cfg = launch.build_runner(merge_options(launch.read_config(args), args))
    assert cfg.lr == 0.5 and os.environ['CUBLAS_WORKSPACE_CONFIG'] == ':4096:8'
    monkeypatch.setattr(launch.RUNNERS, 'build', lambda cfg: 'custom')
    cfg.runner_type = 'MyRunner'
    assert launch.build_runner(cfg) == 'custom'


def test_a_place_for_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').write_text('')
    for place in ('new/deep', 'new', tmp_path, '.'):
        launch.check_folder(place)
    for place in ('file', tmp_path / 'file/deep'):
        with pytest.raises(launch.UsageError, match='file is a file: give a folder with --there.'):
            launch.check_folder(place, '--there')
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    with pytest.raises(launch.UsageError, match=f'{tmp_path} cannot be written into: give another folder with --out.'):
        launch.check_folder('new')
    assert not (tmp_path / 'new').exists()


@pytest.mark.parametrize('kind', [DatasetError, FaceError, CheckpointError, launch.UsageError])
def test_user_errors_are_one_sentence(kind: type, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop, launch.user_errors():
        raise kind('row 3 of sheet.xlsx has no onset; add it.')
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: row 3 of sheet.xlsx has no onset; add it.\n'
    with pytest.raises(kind), launch.user_errors(debug=True):
        raise kind('x')


def test_defects_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError), launch.user_errors():
        raise ZeroDivisionError


class Broken(Dataset):
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> None:
        raise DatasetError('clip toy/3 has no frames: none\nof them.')


def test_errors_of_workers_are_unwrapped() -> None:
    with pytest.raises(DatasetError) as caught:
        list(DataLoader(Broken(), num_workers=1, multiprocessing_context='fork'))
    assert 'Traceback' in str(caught.value)
    assert launch.one_sentence(caught.value) == 'clip toy/3 has no frames: none of them.'
