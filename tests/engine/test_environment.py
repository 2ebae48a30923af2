"""What a result says of its circumstances."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from fdp_mmaction.engine import environment as module
from fdp_mmaction.engine.environment import checkout_commit, commit_of, cpu_name, environment, usable_cores, versions

needs_git = pytest.mark.skipif(shutil.which('git') is None, reason='git is not installed')


def git(folder: Path, *words: str) -> str:
    who = ('-c', 'user.name=a', '-c', 'user.email=a@b')
    return subprocess.run(['git', *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, 'init', '-q')
    (tmp_path / 'setup.py').write_text('first')
    git(tmp_path, 'add', '.')
    git(tmp_path, 'commit', '-q', '-m', 'first')
    git(tmp_path, 'tag', 'v1')      # the commit is named by itself all the same
    return tmp_path


def test_versions_device_and_threads() -> None:
    found = environment()
    assert {name: found[name] for name in versions()} == versions() and found['torch'] == torch.__version__
    assert (found['cpu'], found['cores'], found['threads']) == (cpu_name(), usable_cores(), torch.get_num_threads())
    assert found['cpu'] and found.get('commit') == checkout_commit()


def test_without_a_commit_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'checkout_commit', lambda: None)
    assert 'commit' not in environment()


@needs_git
def test_the_commit_and_whether_it_was_changed(checkout: Path, tmp_path_factory: pytest.TempPathFactory,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp('elsewhere'))      # where the user is does not matter
    monkeypatch.setenv('GIT_DIR', '/nowhere')
    (checkout / 'untracked').write_text('')
    commit = commit_of(checkout)
    (checkout / 'setup.py').write_text('second')
    assert commit_of(checkout) == commit      # code that is loaded does not change with the files
    commit_of.cache_clear()
    assert commit_of(checkout) == f'{commit}-changed'
    monkeypatch.delenv('GIT_DIR')
    assert len(commit) == 12 and git(checkout, 'rev-parse', 'HEAD').startswith(commit)


@needs_git
def test_an_installed_package_in_a_repository_of_the_user_has_none(checkout: Path) -> None:
    packages = checkout / '.venv/lib/site-packages'
    packages.mkdir(parents=True)
    assert commit_of(packages) is None
    (checkout / 'setup.py').unlink()
    commit_of.cache_clear()
    assert commit_of(checkout) is None      # a repository, but not of a package


def test_where_git_fails_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / '.git').write_text('gitdir: /nowhere')
    (tmp_path / 'setup.py').write_text('')
    assert commit_of(tmp_path) is None
    commit_of.cache_clear()
    monkeypatch.setenv('PATH', '')
    assert commit_of(tmp_path) is None
