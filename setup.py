"""Installation; tool settings are in pyproject.toml."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.develop import develop

ROOT = Path(__file__).resolve().parent
PACKAGE = 'fdp_mmaction'
MIM = ('tools', 'configs', 'model-index.yml', 'dataset-index.yml')
"""What OpenMMLab's tools, and users of the wheel, look for under ``fdp_mmaction/.mim``."""

EXTRAS = {'tensorboard': ['tensorboard'], 'video': ['av'], 'explain': ['captum>=0.7', 'scikit-learn'],
          'demo': ['gradio>=6; python_version >= "3.10"', 'captum>=0.7'],
          'export': ['onnx', 'onnxscript', 'onnxruntime']}
PLATFORM_EXTRAS = {'dlib': ['dlib-bin']}
"""Not part of ``all``: wheels exist for some machines only. MediaPipe is no extra at all, because its own list of
requirements is far longer than what the face mesh needs; ``docs/faces.md`` has the line that installs it."""
CLUSTER_EXTRAS = {'ray': ['ray>=2.9'], 'slurm': ['submitit>=1.5']}
"""Not part of ``all`` either: only who has a cluster needs them."""
ALL = sorted({requirement for extra in EXTRAS.values() for requirement in extra})


def read_version() -> str:
    """The version, without importing the package, which would import PyTorch."""
    scope: dict[str, str] = {}
    exec((ROOT / PACKAGE / 'version.py').read_text(encoding='utf-8'), scope)
    return scope['__version__']


def read_requirements(name: str) -> list[str]:
    """Lines of ``requirements/<name>.txt`` without comments."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def copy_mim(package: Path) -> None:
    """Copy :data:`MIM` into a built package.

    Args:
        package: Folder of the package in the build tree.
    """
    for name in MIM:
        source, target = ROOT / name, package / '.mim' / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns('__pycache__', '*.pyc', 'work_dirs'))
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def link_mim(package: Path) -> None:
    """Link :data:`MIM` into the package's source folder, or copy where links are not allowed (Windows).

    Args:
        package: Folder of the package in the working tree.
    """
    shutil.rmtree(package / '.mim', ignore_errors=True)
    (package / '.mim').mkdir()
    try:
        for name in MIM:
            (package / '.mim' / name).symlink_to(os.path.relpath(ROOT / name, package / '.mim'))
    except OSError:
        copy_mim(package)


class BuildWithMim(build_py):
    """Build the package with ``.mim``: linked for ``pip install -e`` (``editable_wheel``), else copied."""

    def run(self) -> None:
        """Build, then add ``.mim``."""
        super().run()
        if self.editable_mode:
            link_mim(ROOT / PACKAGE)
        else:
            copy_mim(Path(self.build_lib) / PACKAGE)


class DevelopWithMim(develop):
    """The same for older setuptools, where an editable install runs ``develop`` and builds nothing."""

    def run(self) -> None:
        """Link ``.mim``, then install."""
        link_mim(ROOT / PACKAGE)
        super().run()


if __name__ == '__main__':
    readme = ROOT / 'README.md'
    setup(
        name='fdp-mmaction',
        version=read_version(),
        description='Micro-expression recognition with fine-grained dynamic perception, as an MMAction2 plugin',
        long_description=readme.read_text(encoding='utf-8') if readme.is_file() else '',
        long_description_content_type='text/markdown',
        license='Apache-2.0',
        keywords='micro-expression, facial expression, video understanding, action recognition, MMAction2',
        packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
        include_package_data=True,
        python_requires='>=3.9',
        install_requires=read_requirements('runtime'),
        extras_require={**EXTRAS, **PLATFORM_EXTRAS, **CLUSTER_EXTRAS, 'docs': read_requirements('docs'), 'all': ALL,
                        'tests': read_requirements('tests') + ALL},
        classifiers=[
            'Development Status :: 4 - Beta',
            'Intended Audience :: Science/Research',
            'Operating System :: OS Independent',
            'Programming Language :: Python :: 3',
            'Topic :: Scientific/Engineering :: Artificial Intelligence',
        ],
        cmdclass={'build_py': BuildWithMim, 'develop': DevelopWithMim},
        zip_safe=False)
