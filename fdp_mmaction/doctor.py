"""What is installed, what was repaired, what to mend: ``python -m fdp_mmaction.doctor [--json]``.

The exit code is 1 when something essential is broken. The report is also printed when PyTorch, mmcv or MMAction2
cannot be imported at all.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

import fdp_mmaction
from fdp_mmaction import compat

SUPPORTED = {
    'torch': '>=2.0', 'mmengine': '>=0.10.6,<1.0', 'mmcv-lite': '>=2.1.0,<2.2.0', 'mmaction2': '==1.2.0',
    'numpy': '', 'importlib_metadata': '>=6,<10', 'opencv-python': '==5.0.0.93',
    'opencv-contrib-python': '==5.0.0.93', 'openpyxl': '', 'xlrd': '', 'rich': '', 'scikit-image': '', 'matplotlib': '',
}
"""Required distributions and the versions that work, as in ``requirements/runtime.txt``."""

OPTIONAL = {'decord': 'video files (frame folders need it not)', 'av': 'more formats of video files',
            'tensorboard': 'TensorBoard logs', 'captum': 'visualize.py cam', 'scikit-learn': 'visualize.py features',
            'gradio': 'the web page', 'onnx': 'export to ONNX', 'onnxscript': 'export to ONNX',
            'onnxruntime': 'checking and running exported ONNX files',
            'mediapipe': 'detecting landmarks (docs/faces.md has the line)', 'dlib-bin': 'detecting landmarks'}
"""Optional distributions and what each is for."""

IMPORTS = ('torch', 'cv2', 'mmengine', 'mmcv', 'mmaction', 'mmaction.models', 'fdp_mmaction.datasets',
           'fdp_mmaction.engine', 'fdp_mmaction.evaluation', 'fdp_mmaction.models')
"""Modules of the host, then ours, in the order in which one needs the other."""


@dataclass(frozen=True)
class Finding:
    """One thing to mend: its ``subject``, what is ``wrong``, the ``remedy``; ``essential`` when nothing works so."""

    subject: str
    wrong: str
    remedy: str
    essential: bool = True


def satisfies(version: str, requirement: str) -> bool:
    """Whether a version lies within a requirement; as short as it is because ``packaging`` may be missing, too.

    Args:
        version: Such as ``'2.13.0+cpu'``; local parts are ignored.
        requirement: Comma-separated ``>=``, ``<`` and ``==`` clauses of numbers, or empty.

    Returns:
        True when every clause holds.

    Examples:
        >>> satisfies('0.10.7', '>=0.10.6,<1.0'), satisfies('2.2.0', '<2.2.0')
        (True, False)
    """

    def numbers(text: str) -> tuple[int, ...]:
        found = [int(part) for part in re.match(r'[\d.]*', text)[0].split('.') if part]
        return tuple(found + [0] * (5 - len(found)))

    compare: dict[str, Callable[[tuple, tuple], bool]] = {
        '>=': tuple.__ge__, '==': tuple.__eq__, '<': tuple.__lt__}
    clauses = re.findall(r'(>=|==|<)([\d.]+)', requirement)
    return all(compare[sign](numbers(version), numbers(bound)) for sign, bound in clauses)


def installed(name: str) -> str | None:
    """Version of an installed distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def check_versions() -> tuple[dict[str, str | None], list[Finding]]:
    """Compare installed versions with :data:`SUPPORTED`; full mmcv counts as mmcv-lite."""
    versions = {name: installed(name) for name in SUPPORTED}
    full = installed('mmcv')
    findings = []
    if full and versions['mmcv-lite']:
        findings.append(Finding('mmcv', f'mmcv {full} and mmcv-lite {versions["mmcv-lite"]} share one folder',
                                'pip uninstall -y mmcv mmcv-lite && pip install "mmcv-lite>=2.1.0,<2.2.0"'))
    versions['mmcv-lite'] = versions['mmcv-lite'] or full
    for name, version in versions.items():
        wanted = f'pip install "{name}{SUPPORTED[name]}"'
        if version is None:
            findings.append(Finding(name, 'is not installed', wanted))
        elif not satisfies(version, SUPPORTED[name]):
            # another OpenCV works as long as both wheels agree, which check_opencv finds out
            findings.append(Finding(name, f'{version} is not {SUPPORTED[name]}', wanted, not name.startswith('opencv')))
    return versions, findings


def check_imports() -> list[Finding]:
    """Import the host, then our own components; the first failure explains the rest."""
    for name in IMPORTS:
        try:
            importlib.import_module(name)
        except Exception as error:      # broken binaries raise anything
            return [Finding(f'import {name}', f'{type(error).__name__}: {error}', remedy_of(str(error)))]
    return []


def remedy_of(message: str) -> str:
    """One line that mends a failed import.

    Args:
        message: Of the exception.

    Returns:
        A command, or where to look.
    """
    missing = re.search(r"No module named '([\w.]+)'", message)
    if 'libGL' in message or 'libgthread' in message:
        return 'apt-get install -y libgl1 libglib2.0-0'
    if 'mmcv' in message.lower() and ('incompatible' in message or 'undefined symbol' in message):
        return 'pip uninstall -y mmcv mmcv-lite && pip install "mmcv-lite>=2.1.0,<2.2.0"'
    if missing:
        return f'pip install {missing[1].split(".")[0].replace("cv2", "opencv-contrib-python")}'
    return 'reinstall it: pip install --force-reinstall --no-deps, with the version in the table'


def check_opencv() -> list[Finding]:
    """Both OpenCV wheels write into ``cv2/``: they must agree, and contrib must be the one that was written last."""
    try:
        cv2 = importlib.import_module('cv2')
    except Exception:      # check_imports reports it
        return []
    plain, contrib = installed('opencv-python'), installed('opencv-contrib-python')
    mend = f'pip install --force-reinstall --no-deps opencv-contrib-python=={contrib or "5.0.0.93"}'
    if plain and contrib and plain != contrib:
        return [Finding('OpenCV', f'opencv-python {plain} and opencv-contrib-python {contrib} share the folder cv2',
                        f'pip install opencv-python=={contrib} && {mend}', False)]
    if not hasattr(getattr(cv2, 'optflow', None), 'DualTVL1OpticalFlow_create'):
        return [Finding('OpenCV', 'TV-L1 optical flow is missing: opencv-python overwrote opencv-contrib-python', mend,
                        False)]
    return []


def check_config_bases() -> list[Finding]:
    """Bases such as ``mmaction::_base_/...`` need ``pkg_resources``, which setuptools 82 dropped."""
    if importlib.util.find_spec('pkg_resources') is not None:
        return []
    return [Finding('pkg_resources', "configs with 'mmaction::' bases cannot be read (setuptools >= 82)",
                    "inherit from this project's configs/_base_ instead, or pip install 'setuptools<82'", False)]


def device() -> str:
    """The device that training will use."""
    try:
        torch = importlib.import_module('torch')
    except Exception:      # check_imports reports it
        return 'unknown: PyTorch cannot be imported'
    if not torch.cuda.is_available():
        return f'CPU, {torch.get_num_threads()} threads (no CUDA device; CUDA build: {torch.version.cuda or "no"})'
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return f'{len(names)} x CUDA {torch.version.cuda}: ' + ', '.join(names)


def examine() -> dict:
    """Examine this installation.

    Returns:
        ``ok`` and ``python``, ``platform``, ``fdp_mmaction``, ``device``; ``versions`` and ``optional`` by
        distribution; ``repairs`` as dicts of :class:`fdp_mmaction.compat.RepairStatus`; ``findings`` as dicts of
        :class:`Finding`.
    """
    versions, findings = check_versions()
    repairs = compat.apply_all()
    broken = check_imports()
    if not broken:      # otherwise a failed repair only repeats the failed import
        broken = [Finding(f'repair {status.name}', status.error, 'report this with the output of --json')
                  for status in repairs if status.error]
    findings += [*broken, *check_opencv(), *check_config_bases()]
    return dict(
        ok=not any(finding.essential for finding in findings), fdp_mmaction=fdp_mmaction.__version__,
        python=platform.python_version(), platform=platform.platform(), device=device(), versions=versions,
        optional={name: installed(name) for name in OPTIONAL}, repairs=[asdict(status) for status in repairs],
        findings=[asdict(finding) for finding in findings])


def lines(report: dict) -> list[tuple[str, str, str, str]]:
    """The report as rows of a table.

    Args:
        report: From :func:`examine`.

    Returns:
        Rows of (section, name, state, note).
    """
    rows = [('system', name.replace('_', '-'), str(report[name]), '')
            for name in ('fdp_mmaction', 'python', 'platform', 'device')]
    for name, version in report['versions'].items():
        good = version is not None and satisfies(version, SUPPORTED[name])
        rows.append(('required', name, version or 'missing', '' if good else f'supported: {SUPPORTED[name] or "any"}'))
    rows += [('optional', name, version or 'not installed', OPTIONAL[name])
             for name, version in report['optional'].items()]
    for status in report['repairs']:
        state = 'failed' if status['error'] else 'needed, applied' if status['applied'] else 'not needed'
        rows.append(('repair', status['name'], state, status['symptom']))
    return rows


def show(report: dict) -> None:
    """Print the report for people, as a table, or as plain lines where ``rich`` is missing.

    Args:
        report: From :func:`examine`.
    """
    findings = [f'{"ERROR" if item["essential"] else "note"}: {item["subject"]}: {item["wrong"]}\n'
                f'       remedy: {item["remedy"]}' for item in report['findings']]
    verdict = 'Everything essential works.' if report['ok'] else 'Something essential is broken; see ERROR above.'
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        text = ['  '.join(row) for row in lines(report)]
        sys.stdout.write('\n'.join([*text, '', *findings, verdict]) + '\n')
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    table = Table('', 'name', 'state', 'note')
    for column in table.columns:
        column.overflow = 'fold'      # a symptom is for searching: never cut it
    section = None
    for row in lines(report):
        if section not in (None, row[0]):
            table.add_section()
        table.add_row(row[0] if row[0] != section else '', *row[1:])
        section = row[0]
    console.print(table)
    console.print('\n'.join([*findings, verdict]), markup=False, highlight=False, soft_wrap=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the doctor.

    Args:
        arguments: Command line. Defaults to None, the program's own.

    Returns:
        Exit code: 0, or 1 when something essential is broken.
    """
    parser = argparse.ArgumentParser(prog='python -m fdp_mmaction.doctor', description=__doc__.splitlines()[0])
    parser.add_argument('--json', action='store_true', help='print the report as JSON')
    args = parser.parse_args(arguments)
    report = examine()
    if args.json:
        sys.stdout.write(json.dumps(report, indent=2) + '\n')
    else:
        show(report)
    return 0 if report['ok'] else 1


if __name__ == '__main__':
    sys.exit(main())
