from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso import run as module
from fdp_mmaction.engine.loso.command import FoldJob
from fdp_mmaction.engine.loso.devices import Slot
from fdp_mmaction.engine.loso.display import RichDisplay
from fdp_mmaction.engine.loso.plan import Settings
from fdp_mmaction.engine.loso.results import FoldResult, read_run, write_fold
from fdp_mmaction.engine.loso.run import Execution, make_launcher, run_loso
from toy_loso import write_loso_config


class Done:
    def __init__(self, job: FoldJob) -> None:
        self.job = job

    def exit_code(self) -> int:
        return 0


class Launcher:
    """Every fold is done at once."""

    patience = 0.0

    def __init__(self, out: Path) -> None:
        self.out, self.started = out, []

    def free(self) -> int:
        return 1

    def start(self, jobs: Sequence[FoldJob]) -> list[Done]:
        self.started += [(job.seed, job.subject) for job in jobs]
        for job in jobs:
            write_fold(job.folder, FoldResult(job.subject, job.seed, {}, {}, 1))
        return [Done(job) for job in jobs]

    def wait(self, tasks: Sequence[Done], seconds: float) -> None:
        pass

    def ended(self, task: Done) -> None:
        pass

    def stop(self, tasks: Sequence[Done]) -> None:
        pass


@pytest.fixture
def launchers(monkeypatch: pytest.MonkeyPatch) -> list[Launcher]:
    made: list[Launcher] = []

    def make(out: Path, execution: Execution, processes: int) -> Launcher:
        made.append(Launcher(out))
        return made[-1]

    monkeypatch.setattr(module, 'make_launcher', make)
    return made


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    return Settings(str(write_loso_config(tmp_path, prepared)), tmp_path / 'out')


def test_only_what_is_missing_is_run(settings: Settings, launchers: list) -> None:
    some = run_loso(settings, subjects=['sub02'])
    assert launchers[0].started == [(0, 'sub02')] and len(some.finished) == 1
    rest = run_loso(settings)
    assert launchers[1].started == [(0, 'sub01'), (0, 'sub03')] and len(rest.finished) == 3
    more = run_loso(Settings(settings.config, settings.out, seeds=(1,)))
    assert launchers[2].started == [(1, f'sub0{k}') for k in (1, 2, 3)] and len(more.finished) == 3
    run = read_run(settings.out)
    assert run.header['seeds'] == [0, 1] and run.missing == []
    assert run_loso(settings).finished and launchers[3].started == []
    run_loso(settings, fresh=True)
    assert len(launchers[4].started) == 3 and read_run(settings.out).header['seeds'] == [0]


def test_folds_that_were_cut_off_are_counted(settings: Settings, launchers: list) -> None:
    run_loso(settings, subjects=['sub02'])
    (settings.out / 'folds/seed0/sub01').mkdir()
    (settings.out / 'folds/seed0/sub01/epoch_1.pth').write_text('')
    found: list = []

    def display(*values):
        found.extend(values)
        return RichDisplay(*values)

    run_loso(settings, display=display)
    assert [len(found[0]), *found[1:3], found[4]] == [1, 3, 'last', 1]


@pytest.mark.parametrize(('text', 'message'), [
    ("_base_ = ['nothing.py']", r'cannot be read: .*nothing\.py.*_base_ counts from the folder'),
    ('model = dict(', 'cannot be read: SyntaxError')])
def test_nothing_is_made_for_a_config_that_cannot_be_read(settings: Settings, text: str, message: str) -> None:
    Path(settings.config).write_text(text)
    with pytest.raises(UsageError, match=message):
        run_loso(settings)
    assert not settings.out.exists()


def test_unknown_subjects(settings: Settings, launchers: list) -> None:
    with pytest.raises(UsageError, match='There is no fold of sub99; the folds are sub01, sub02, sub03'):
        run_loso(settings, subjects=['sub99', 'sub01'])
    assert not (settings.out / '.lock').exists()


def test_a_relative_folder(settings: Settings, launchers: list, tmp_path: Path,
                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_loso(Settings(settings.config, Path('here')))
    assert launchers[0].out == tmp_path / 'here' and not read_run(tmp_path / 'here').missing


def test_local_launchers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('fdp_mmaction.engine.loso.local.start_server', lambda start: None)
    monkeypatch.setattr('fdp_mmaction.engine.loso.devices.num_cores', lambda: 8)
    launcher = make_launcher(tmp_path, Execution(devices=('cpu',), jobs_per_device=3, keep='none'))
    assert launcher.slots == [Slot('cpu', {'CUDA_VISIBLE_DEVICES': ''})] * 3 and launcher.free() == 3
    assert (launcher.start_with.threads, launcher.start_with.keep) == (2, 'none')
    assert make_launcher(tmp_path, Execution(devices=('cpu',), threads=5)).start_with.threads == 5
    assert make_launcher(tmp_path, Execution(devices=('cpu',)), 2).start_with.threads == 4
    with pytest.raises(UsageError, match='--launcher knows local, ray, slurm; got ssh'):
        make_launcher(tmp_path, Execution('ssh'))
