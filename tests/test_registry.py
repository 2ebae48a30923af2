from __future__ import annotations

import subprocess
import sys

import mmaction.registry
import mmengine.registry
import pytest

from fdp_mmaction import registry


@pytest.mark.parametrize(('kind', 'name'), [
    ('DATASETS', 'MicroExpressionDataset'), ('MODELS', 'MicroExpressionRecognizer'), ('METRICS', 'MERMetric'),
    ('HOOKS', 'EpochSeedHook'), ('HOOKS', 'SafeCheckpointHook'), ('HOOKS', 'CheckpointMatchHook'),
    ('HOOKS', 'SplitGuardHook'), ('HOOKS', 'ReportHook'), ('FUNCTIONS', 'me_worker_init_fn'),
    ('HOOKS', 'SplitNormalisationHook'), ('LOOPS', 'StepLimitedTrainLoop'), ('DATASETS', 'SAMMDataset'),
    ('HOOKS', 'TrainedSubjectsHook'), ('INFERENCERS', 'MicroExpressionInferencer'),
])
def test_importing_the_package_registers(kind: str, name: str) -> None:
    assert getattr(registry, kind).get(name).__module__.startswith('fdp_mmaction.')


@pytest.mark.parametrize('before', ['', 'import mmaction.models, mmaction.datasets', 'MODELS.get("A"), HOOKS.get("A")'])
def test_components_are_found_whenever_the_package_is_imported(before: str) -> None:
    """In a fresh interpreter: first, after parts of the host, and after its registries have been used."""
    code = f"""
import sys, types
for name in ("mmaction.models.localizers.drn", "mmaction.models.localizers.drn.drn"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].DRN = object
{"from mmaction.registry import MODELS, HOOKS" if "get" in before else ""}
{before}
import fdp_mmaction
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.registry import FUNCTIONS
found = [DATASETS.get("CASME2Dataset"), HOOKS.get("ReportHook"), METRICS.get("MERMetric"), MODELS.get("RankPooling"),
         TRANSFORMS.get("PackMEInputs"), FUNCTIONS.get("me_worker_init_fn"), MODELS.get("Recognizer2D"),
         HOOKS.get("CheckpointHook")]
print(*(item.__name__ for item in found))
"""
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.stdout.split()[:4] == ['CASME2Dataset', 'ReportHook', 'MERMetric', 'RankPooling'], result.stderr


def test_everything_lies_in_the_scope_of_the_host() -> None:
    for kind in registry.__all__:
        host = mmengine.registry if kind == 'FUNCTIONS' else mmaction.registry
        assert getattr(registry, kind) is getattr(host, kind)
