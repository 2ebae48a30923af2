"""The package as a whole: what importing it costs and does, and what an installation carries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from load_file import load_file

REPO = Path(__file__).resolve().parents[1]


def python(code: str, cwd: Path) -> subprocess.CompletedProcess:
    """Run code in a fresh interpreter in an empty folder that is also its home, without a network."""
    home = dict(HOME=str(cwd), TMPDIR=str(cwd), XDG_CACHE_HOME=str(cwd), PYTHONDONTWRITEBYTECODE='1')
    env = dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1', **home)
    offline = ('import socket\n'
               'def refuse(*args): raise OSError("the network was used")\n'
               'socket.socket.connect = refuse\n')
    return subprocess.run([sys.executable, '-c', offline + code], env=env, cwd=cwd, capture_output=True, text=True)


def left_behind(folder: Path) -> list[str]:
    """Files written there; the cache of YAPF is MMEngine's, at every ``import mmengine.config``."""
    return [path.name for path in folder.iterdir() if path.name != 'YAPF']


def test_importing_is_quiet_cheap_and_leaves_no_trace(tmp_path: Path) -> None:
    """It imports nothing but Python's own modules, so it costs milliseconds and cannot fail on a broken host."""
    result = python('import sys; before = set(sys.modules); import fdp_mmaction\n'
                    'new = {name: getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before}\n'
                    'print(*{name.split(".")[0] for name, file in new.items() if file and "-packages" in file '
                    'or name.startswith("fdp_mmaction")})', tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, 'fdp_mmaction\n', '')
    assert left_behind(tmp_path) == []


def test_components_import_no_more_than_they_need(tmp_path: Path) -> None:
    result = python(
        'import sys, fdp_mmaction\n'
        'fdp_mmaction.models, fdp_mmaction.datasets, fdp_mmaction.engine, fdp_mmaction.evaluation\n'
        'print(*sorted({"scipy", "matplotlib", "skimage", "openpyxl", "decord", "sklearn", "tensorboard",\n'
        '               "mmaction.datasets", "transformers"} & set(sys.modules)))\n', tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, '\n', '')
    assert left_behind(tmp_path) == []


def test_importing_in_a_fresh_interpreter_prints_nothing(tmp_path: Path) -> None:
    result = python('import fdp_mmaction, mmaction.models', tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, '', '')
    assert left_behind(tmp_path) == []


# --------------------------------------------------------------------------- installation
@pytest.fixture
def setup_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``setup.py`` as a module, working on a small copy of the project."""
    module = load_file('setup.py')
    root = tmp_path / 'project'
    for name in ('tools/train.py', 'tools/__pycache__/train.pyc', 'configs/_base_/model.py', 'model-index.yml',
                 'dataset-index.yml', 'fdp_mmaction/__init__.py'):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    monkeypatch.setattr(module, 'ROOT', root)
    return module


FILES = ['configs/_base_/model.py', 'dataset-index.yml', 'model-index.yml', 'tools/train.py']


def files(mim: Path) -> list[str]:
    return sorted(name for name in FILES if (mim / name).read_text() == name)


def test_editable_installs_link_mim(setup_module) -> None:
    package = setup_module.ROOT / 'fdp_mmaction'
    for _ in range(2):      # an old one is replaced
        setup_module.link_mim(package)
        assert files(package / '.mim') == FILES
    assert all((package / '.mim' / name).is_symlink() for name in setup_module.MIM)
    assert not os.path.isabs(os.readlink(package / '.mim/tools'))      # the project may be moved


def test_editable_installs_copy_mim_where_links_are_forbidden(setup_module, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: str) -> None:
        raise OSError('A required privilege is not held by the client')

    monkeypatch.setattr(Path, 'symlink_to', refuse)
    package = setup_module.ROOT / 'fdp_mmaction'
    setup_module.link_mim(package)
    assert files(package / '.mim') == FILES and not (package / '.mim/tools').is_symlink()


def test_built_packages_copy_mim(setup_module, tmp_path: Path) -> None:
    for _ in range(2):
        setup_module.copy_mim(tmp_path / 'build')
    assert files(tmp_path / 'build/.mim') == FILES
    assert not (tmp_path / 'build/.mim/tools/__pycache__').exists()


@pytest.mark.parametrize('command', ['bdist_wheel', 'editable_wheel'])
def test_wheels(command: str, tmp_path: Path) -> None:
    """The real ``setup.py`` on a copy of the tracked kinds of files."""
    project = tmp_path / 'project'
    ignore = shutil.ignore_patterns('__pycache__', '*.egg-info', 'build', '.mim', 'work_dirs')
    for name in ('fdp_mmaction', 'configs', 'tools', 'requirements'):
        shutil.copytree(REPO / name, project / name, ignore=ignore)
    for name in ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'LICENSE', 'model-index.yml', 'dataset-index.yml'):
        shutil.copy(REPO / name, project)
    subprocess.run([sys.executable, 'setup.py', '-q', command, '--dist-dir', str(tmp_path / 'dist')], cwd=project,
                   check=True, capture_output=True)
    [wheel] = (tmp_path / 'dist').glob('*.whl')
    mim = project / 'fdp_mmaction/.mim'
    if command == 'editable_wheel':
        assert (mim / 'configs').resolve() == project / 'configs' and (mim / 'tools').is_symlink()
        return
    assert not mim.exists()      # building leaves the source tree alone
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for name in ('.mim/tools/train.py', '.mim/tools/dist_train.sh', '.mim/configs/_base_/default_runtime.py',
                 '.mim/model-index.yml', '.mim/dataset-index.yml', 'compat.py', 'models/__init__.py'):
        assert f'fdp_mmaction/{name}' in names
    assert not [name for name in names if name.startswith(('tests', 'configs', 'tools')) or '__pycache__' in name]


def test_model_index_names_every_config() -> None:
    index = yaml.safe_load((REPO / 'model-index.yml').read_text())
    models = [model for name in index['Import'] for model in yaml.safe_load((REPO / name).read_text())['Models']]
    leaves = {str(path.relative_to(REPO)) for path in (REPO / 'configs').glob('*.py')}
    assert {model['Config'] for model in models} == leaves
    assert all(model['Name'] == Path(model['Config']).stem for model in models)


def test_dataset_index_names_real_scripts() -> None:
    for entry in yaml.safe_load((REPO / 'dataset-index.yml').read_text()).values():
        assert (REPO / entry['script']).is_file()
