"""Only where the CPU trains."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from torch import nn

from fdp_mmaction.engine.hooks import keep_freed_memory_hook as module


@pytest.mark.parametrize(('device', 'times'), [('cpu', 1), ('meta', 0)])
def test_on_a_cpu_alone(monkeypatch: pytest.MonkeyPatch, device: str, times: int) -> None:
    calls: list[int] = []
    monkeypatch.setattr(module, 'keep_freed_memory', lambda: calls.append(1))
    module.KeepFreedMemoryHook().before_train(SimpleNamespace(model=nn.Linear(1, 1, device=device)))
    assert len(calls) == times


def test_all_configs_have_it() -> None:
    runtime = Config.fromfile(Path(__file__).resolve().parents[3] / 'configs/_base_/default_runtime.py')
    assert 'KeepFreedMemoryHook' in [hook.type for hook in runtime.custom_hooks]
