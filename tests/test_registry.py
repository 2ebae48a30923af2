from __future__ import annotations

import mmaction.registry
import mmengine.registry
import pytest

import fdp_mmaction
from fdp_mmaction import registry


@pytest.mark.parametrize(('kind', 'name'), [
    ('DATASETS', 'MicroExpressionDataset'), ('MODELS', 'MicroExpressionRecognizer'), ('METRICS', 'MERMetric'),
    ('HOOKS', 'EpochSeedHook'), ('HOOKS', 'SafeCheckpointHook'), ('HOOKS', 'CheckpointMatchHook'),
    ('HOOKS', 'SplitGuardHook'), ('HOOKS', 'ReportHook'), ('FUNCTIONS', 'me_worker_init_fn'),
])
def test_importing_the_package_registers(kind: str, name: str) -> None:
    assert fdp_mmaction.IMPORT_ERROR is None
    assert name in getattr(registry, kind).module_dict


def test_everything_lies_in_the_scope_of_the_host() -> None:
    for kind in registry.__all__:
        host = mmengine.registry if kind == 'FUNCTIONS' else mmaction.registry
        assert getattr(registry, kind) is getattr(host, kind)
