"""Freed memory stays with the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fdp_mmaction import host_memory

FAULTS = """
import resource, sys
import numpy as np
from fdp_mmaction.host_memory import keep_freed_memory
if sys.argv[1] == 'keep':
    assert keep_freed_memory()
def fill():
    np.ones(2 ** 23)                                    # 64 MiB
fill(), fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(what: str) -> int:
    done = subprocess.run([sys.executable, '-c', FAULTS, what], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).resolve().parents[1])
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith('linux') or 'glibc' not in ''.join(__import__('platform').libc_ver()),
                    reason='needs Linux with glibc')
def test_buffers_are_not_taken_from_the_kernel_again() -> None:
    assert faults('keep') < 100 < faults('leave')


@pytest.mark.parametrize('platform', ['win32', 'darwin'])
def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(host_memory.sys, 'platform', platform)
    monkeypatch.setattr(host_memory.ctypes, 'CDLL', lambda name: pytest.fail('asked for the C library'))
    assert host_memory.keep_freed_memory() is False


def test_another_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_memory.sys, 'platform', 'linux')
    monkeypatch.setattr(host_memory.ctypes, 'CDLL', lambda name: object())
    assert host_memory.keep_freed_memory() is False
