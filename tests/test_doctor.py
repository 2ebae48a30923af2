from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from fdp_mmaction import doctor

REPO = Path(__file__).resolve().parents[1]
SITECUSTOMIZE = """
import os, sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name in os.environ['BLOCKED'].split(','):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run(tmp_path: Path, *arguments: str, blocked: str = '') -> subprocess.CompletedProcess:
    """Run Python where some modules cannot be imported, and where ``tmp_path`` may hold broken ones."""
    (tmp_path / 'sitecustomize.py').write_text(SITECUSTOMIZE)
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path), str(REPO)]), BLOCKED=blocked, OMP_NUM_THREADS='1')
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, cwd=tmp_path)


def test_this_installation_is_healthy(capsys: pytest.CaptureFixture) -> None:
    assert doctor.main([]) == 0
    out = capsys.readouterr().out
    assert 'Everything essential works.' in out and 'ERROR' not in out
    for name in ('torch', 'mmengine', 'missing-drn', 'cpu-amp', 'tensorboard', 'device'):
        assert name in out
    assert 'mmaction.models.localizers.drn' in re.sub(r'[\s│]+', '', out)      # symptoms are never cut


def test_json(capsys: pytest.CaptureFixture) -> None:
    assert doctor.main(['--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert report['ok'] and report['versions']['mmaction2'] == '1.2.0'
    assert {status['name'] for status in report['repairs']} >= {'missing-drn', 'safe-checkpoints'}


def test_tables_agree_with_the_requirements() -> None:
    lines = [line for line in (REPO / 'requirements/runtime.txt').read_text().splitlines() if not line.startswith('#')]
    required = dict(re.match(r'([\w-]+)([^;]*)', line).groups() for line in lines)
    assert required.pop('decord') == '>=0.6.0' and 'decord' in doctor.OPTIONAL
    assert required == doctor.SUPPORTED


@pytest.mark.parametrize(('version', 'requirement', 'good'), [
    ('2.13.0+cpu', '>=2.0', True), ('1.13.1', '>=2.0', False), ('0.10.7', '>=0.10.6,<1.0', True),
    ('0.10.5', '>=0.10.6,<1.0', False), ('1.0.0', '>=0.10.6,<1.0', False), ('2.2.0', '>=2.1.0,<2.2.0', False),
    ('2.2', '==2.2.0', True), ('1.2.0', '==1.2.0', True), ('2.0.0rc1', '>=2.0', True), ('anything', '', True),
])
def test_satisfies(version: str, requirement: str, good: bool) -> None:
    assert doctor.satisfies(version, requirement) is good


def pretend(monkeypatch: pytest.MonkeyPatch, **versions: str | None) -> None:
    installed = doctor.installed
    names = {name.replace('_', '-'): version for name, version in versions.items()}
    monkeypatch.setattr(doctor, 'installed', lambda name: names[name] if name in names else installed(name))


@pytest.mark.parametrize(('versions', 'subject', 'essential', 'remedy'), [
    (dict(mmaction2='1.1.0'), 'mmaction2', True, 'pip install "mmaction2==1.2.0"'),
    (dict(openpyxl=None), 'openpyxl', True, 'pip install "openpyxl"'),
    (dict(mmcv_lite=None, mmcv='2.2.0'), 'mmcv-lite', True, 'pip install "mmcv-lite>=2.1.0,<2.2.0"'),
    (dict(mmcv_lite='2.1.0', mmcv='2.1.0'), 'mmcv', True, 'pip uninstall -y mmcv mmcv-lite && pip install "mmcv-lite'),
    (dict(opencv_python='4.9.0.80'), 'OpenCV', False, 'pip install opencv-python==5.0.0.93'),
])
def test_versions_that_do_not_go(monkeypatch: pytest.MonkeyPatch, versions: dict, subject: str, essential: bool,
                                 remedy: str) -> None:
    pretend(monkeypatch, opencv_contrib_python='5.0.0.93', **versions)
    report = doctor.examine()
    [finding] = [item for item in report['findings'] if item['subject'] == subject]
    assert finding['essential'] is essential and finding['remedy'].startswith(remedy)
    assert report['ok'] is not essential


def test_full_mmcv_serves_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, mmcv_lite=None, mmcv='2.1.0')
    versions, findings = doctor.check_versions()
    assert versions['mmcv-lite'] == '2.1.0' and not [item for item in findings if 'mmcv' in item.subject]


def test_overwritten_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2
    pretend(monkeypatch, opencv_python='5.0.0.93', opencv_contrib_python='5.0.0.93')
    assert not doctor.check_opencv()
    monkeypatch.delattr(cv2.optflow, 'DualTVL1OpticalFlow_create')
    [finding] = doctor.check_opencv()
    assert finding.remedy == 'pip install --force-reinstall --no-deps opencv-contrib-python==5.0.0.93'


@pytest.mark.parametrize('found', [True, False])
def test_config_bases(monkeypatch: pytest.MonkeyPatch, found: bool) -> None:
    monkeypatch.setattr(doctor.importlib.util, 'find_spec', lambda name: object() if found else None)
    assert bool(doctor.check_config_bases()) is not found


@pytest.mark.parametrize(('message', 'remedy'), [
    ('libGL.so.1: cannot open shared object file', 'apt-get install -y libgl1 libglib2.0-0'),
    ("No module named 'importlib_metadata'", 'pip install importlib_metadata'),
    ("No module named 'cv2.optflow'", 'pip install opencv-contrib-python'),
    ('MMCV==2.2.0 is used but incompatible.', 'pip uninstall -y mmcv mmcv-lite && pip install "mmcv-lite'),
    ('mmcv/_ext.so: undefined symbol: _ZN3c10', 'pip uninstall -y mmcv mmcv-lite && pip install "mmcv-lite'),
    ('anything else', 'reinstall it'),
])
def test_remedies(message: str, remedy: str) -> None:
    assert doctor.remedy_of(message).startswith(remedy)


@pytest.mark.parametrize(('blocked', 'module', 'remedy'), [
    ('torch', 'import torch', 'pip install torch'),
    ('importlib_metadata', 'import mmaction.models', 'pip install importlib_metadata'),
    ('rich,rich.console', 'import mmengine', 'pip install rich'),      # then plain lines replace the table
])
def test_helps_when_a_module_is_missing(tmp_path: Path, blocked: str, module: str, remedy: str) -> None:
    result = run(tmp_path, '-m', 'fdp_mmaction.doctor', blocked=blocked)
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert f'ERROR: {module}: ModuleNotFoundError: ' in result.stdout and f'remedy: {remedy}\n' in result.stdout
    assert ('required  torch  ' in result.stdout) is ('rich' in blocked)


def test_helps_when_the_host_refuses_its_mmcv(tmp_path: Path) -> None:
    (tmp_path / 'mmaction').mkdir()
    (tmp_path / 'mmaction/__init__.py').write_text(
        "assert False, 'MMCV==2.2.0 is used but incompatible. Please install mmcv>=2.0.0rc4, <2.2.0.'\n")
    result = run(tmp_path, '-m', 'fdp_mmaction.doctor')
    assert result.returncode == 1
    assert 'ERROR: import mmaction: AssertionError: MMCV==2.2.0 is used but incompatible.' in result.stdout
    used = run(tmp_path, '-c', 'import fdp_mmaction; fdp_mmaction.models')
    assert used.returncode == 1
    assert 'run `python -m fdp_mmaction.doctor` to see what to mend.' in used.stderr.splitlines()[-1]


def test_installed_reads_the_metadata() -> None:
    assert doctor.installed('pytest') == metadata.version('pytest') and doctor.installed('no-such-thing') is None
