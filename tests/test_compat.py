"""Every repair both ways: where the defect is, it is found and mended; where it is not, nothing is touched."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from mmengine.dist import utils as dist_utils
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import checkpoint
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from fdp_mmaction import compat
from fdp_mmaction.engine import safe_loading

REPO = Path(__file__).resolve().parents[1]


def test_the_table_is_complete_and_a_second_call_changes_nothing() -> None:
    before = (dist_utils._init_dist_pytorch, MMDistributedDataParallel.__init__, list(warnings.filters))
    statuses = compat.apply_all()
    assert [status.name for status in statuses] == [repair.name for repair in compat.REPAIRS]
    assert len({repair.name for repair in compat.REPAIRS}) == len(compat.REPAIRS) == 8
    assert not any(status.error for status in statuses)
    assert all(status.applied == status.needed for status in statuses)
    assert before == (dist_utils._init_dist_pytorch, MMDistributedDataParallel.__init__, list(warnings.filters))
    assert not any(repair.detect() for repair in compat.REPAIRS if repair.name != 'mmcv-lite-warning')


@pytest.mark.parametrize('needed', [True, False])
def test_repairs_are_applied_only_where_needed(monkeypatch: pytest.MonkeyPatch, needed: bool) -> None:
    calls = []
    repair = compat.Repair('x', 'symptom', 'issue', lambda: needed, lambda: calls.append(1))
    monkeypatch.setattr(compat, 'REPAIRS', (repair,))
    monkeypatch.setattr(compat, '_APPLIED', {})
    first, second = compat.apply_all(), compat.apply_all()
    assert len(calls) == int(needed)
    assert first == second == [compat.RepairStatus('x', 'symptom', 'issue', needed, needed)]


def test_a_broken_host_is_reported_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def detect() -> bool:
        raise ImportError('libGL.so.1: cannot open shared object file')

    monkeypatch.setattr(compat, 'REPAIRS', (compat.Repair('x', '', '', detect, detect),))
    [status] = compat.apply_all()
    assert status.error == 'ImportError: libGL.so.1: cannot open shared object file' and not status.applied


# --------------------------------------------------------------------------- missing-drn
def test_missing_drn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compat, 'package_folder', lambda name: tmp_path)
    for name in ('mmaction.models.localizers.drn', 'mmaction.models.localizers.drn.drn'):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert compat.drn_is_missing()
    (tmp_path / 'models/localizers/drn').mkdir(parents=True)
    assert not compat.drn_is_missing()      # a complete installation

    compat.stub_drn()
    from mmaction.models.localizers.drn.drn import DRN
    with pytest.raises(ImportError, match='DRN is not part of the MMAction2 1.2.0 wheel'):
        DRN()
    for name in ('mmaction.models.localizers.drn', 'mmaction.models.localizers.drn.drn'):
        monkeypatch.delitem(sys.modules, name)


def test_missing_drn_without_mmaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, 'package_folder', lambda name: None)
    assert not compat.drn_is_missing()


# --------------------------------------------------------------------------- multimodal-imports
NAMES = ('apply_chunking_to_forward', 'find_pruneable_heads_and_indices', 'prune_linear_layer')


@pytest.mark.parametrize(('source', 'defect'), [
    (f'from .pytorch_utils import {", ".join(NAMES)}\n', False),
    (f'from .pytorch_utils import {", ".join(NAMES[:2])}\n', True),
    ('class PreTrainedModel: ...\n', True),
    (None, False),      # transformers is not installed
])
def test_multimodal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str | None, defect: bool) -> None:
    dependency = importlib.import_module('mmaction.utils.dependency')
    monkeypatch.setattr(dependency, 'WITH_MULTIMODAL', True)
    monkeypatch.delitem(sys.modules, 'mmaction.models.multimodal.vindlu', raising=False)
    if source is not None:
        (tmp_path / 'modeling_utils.py').write_text(source)
    monkeypatch.setattr(compat, 'package_folder', lambda name: tmp_path)
    assert compat.transformers_dropped_names() is defect
    compat.disable_multimodal_models()
    assert dependency.WITH_MULTIMODAL is False and not compat.transformers_dropped_names()


def test_multimodal_for_real(tmp_path: Path) -> None:
    """With a ``transformers`` that lost the names, MMAction2's models import only after ours."""
    (tmp_path / 'transformers').mkdir()
    (tmp_path / 'transformers/__init__.py').write_text('')
    (tmp_path / 'transformers/modeling_utils.py').write_text('class PreTrainedModel: ...\n')
    (tmp_path / 'transformers-5.0.0.dist-info').mkdir()
    (tmp_path / 'transformers-5.0.0.dist-info/METADATA').write_text(
        'Metadata-Version: 2.1\nName: transformers\nVersion: 5.0.0\n')
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path), str(REPO)]), OMP_NUM_THREADS='1')
    code = ("import sys, types\n"
            "for name in ('mmaction.models.localizers.drn', 'mmaction.models.localizers.drn.drn'):\n"
            "    sys.modules[name] = types.ModuleType(name)\n"
            "sys.modules[name].DRN = object\n"
            "import mmaction.models\n")
    plain = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True)
    assert plain.returncode == 1 and 'transformers' in plain.stderr
    ours = subprocess.run([sys.executable, '-c', 'import fdp_mmaction, mmaction.models'], env=env,
                          capture_output=True, text=True)
    assert ours.returncode == 0, ours.stderr


# --------------------------------------------------------------------------- mmcv-lite-warning
def test_mmcv_lite_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compat, 'package_folder', lambda name: tmp_path)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        assert compat.mmcv_lite_warns()
        compat.silence_mmcv_lite()
        assert not compat.mmcv_lite_warns()
        warnings.warn('Fail to import ``MultiScaleDeformableAttention`` from ``mmcv.ops``', stacklevel=1)
        warnings.warn('another warning', stacklevel=1)
    assert [str(warning.message) for warning in seen] == ['another warning']


def test_full_mmcv_does_not_warn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / '_ext.cpython-311-x86_64-linux-gnu.so').touch()
    monkeypatch.setattr(compat, 'package_folder', lambda name: tmp_path)
    with warnings.catch_warnings():
        warnings.resetwarnings()
        assert not compat.mmcv_lite_warns()


# --------------------------------------------------------------------------- cpu-distributed
@pytest.fixture
def stock_launchers(monkeypatch: pytest.MonkeyPatch) -> None:
    """MMEngine as it comes, on a machine without a GPU."""
    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: True)
    monkeypatch.setattr(dist_utils.mp, 'set_start_method', lambda method: None)
    for name in compat._LAUNCHERS:
        function = getattr(dist_utils, name)
        monkeypatch.setattr(dist_utils, name, getattr(function, '__wrapped__', function))


def test_cpu_distributed_detection(monkeypatch: pytest.MonkeyPatch, stock_launchers: None) -> None:
    assert compat.cpu_distributed_fails()
    compat.allow_cpu_distributed()
    assert not compat.cpu_distributed_fails()


def test_cpu_distributed_with_a_gpu_or_a_mended_host(monkeypatch: pytest.MonkeyPatch, stock_launchers: None) -> None:
    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: False)
    assert not compat.cpu_distributed_fails()
    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: True)

    def mended(backend: str, init_backend: str = 'torch') -> None:
        if dist_utils.is_cuda_available():
            torch.cuda.set_device(0)

    monkeypatch.setattr(dist_utils, '_init_dist_pytorch', mended)
    assert not compat.cpu_distributed_fails()


@pytest.mark.parametrize(('asked', 'used'), [('nccl', 'gloo'), ('gloo', 'gloo'), ('mpi', 'mpi')])
@pytest.mark.parametrize('launcher', ['pytorch', 'slurm', 'mpi'])
def test_cpu_distributed_uses_gloo(monkeypatch: pytest.MonkeyPatch, stock_launchers: None, launcher: str, asked: str,
                                   used: str) -> None:
    started = []
    monkeypatch.setattr(dist_utils.torch_dist, 'init_process_group', lambda backend, **kw: started.append(backend))
    monkeypatch.setattr(dist_utils.subprocess, 'getoutput', lambda command: '127.0.0.1')
    for name in ('RANK', 'LOCAL_RANK', 'SLURM_PROCID', 'SLURM_LOCALID', 'OMPI_COMM_WORLD_RANK',
                 'OMPI_COMM_WORLD_LOCAL_RANK'):
        monkeypatch.setenv(name, '0')
    for name in ('WORLD_SIZE', 'SLURM_NTASKS', 'OMPI_COMM_WORLD_SIZE'):
        monkeypatch.setenv(name, '1')
    monkeypatch.setenv('SLURM_NODELIST', 'node1')
    monkeypatch.setenv('MASTER_ADDR', '127.0.0.1')
    monkeypatch.setenv('MASTER_PORT', '29500')
    original = torch.cuda.set_device
    if not torch.cuda.is_available():
        with pytest.raises((AttributeError, RuntimeError, AssertionError)):      # the defect itself
            dist_utils.init_dist(launcher, asked)
    compat.allow_cpu_distributed()
    dist_utils.init_dist(launcher, asked)
    assert started == [used] and torch.cuda.set_device is original


# --------------------------------------------------------------------------- cpu-ddp-device-ids
@pytest.fixture
def stock_ddp(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """MMEngine's wrapper as it comes, on a machine without a GPU; records what reaches PyTorch."""
    seen: list[dict] = []

    def initialise(self: nn.Module, module: nn.Module, **kwargs: object) -> None:
        nn.Module.__init__(self)
        seen.append(kwargs)

    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: True)
    stock = MMDistributedDataParallel.__init__
    monkeypatch.setattr(MMDistributedDataParallel, '__init__', getattr(stock, '__wrapped__', stock))
    monkeypatch.setattr(DistributedDataParallel, '__init__', initialise)
    return seen


def test_cpu_ddp(monkeypatch: pytest.MonkeyPatch, stock_ddp: list[dict]) -> None:
    assert compat.cpu_ddp_fails()
    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: False)
    assert not compat.cpu_ddp_fails()
    monkeypatch.setattr(compat, 'runs_on_cpu', lambda: True)
    compat.drop_cpu_device_ids()
    assert not compat.cpu_ddp_fails()
    MMDistributedDataParallel(module=nn.Linear(1, 1), device_ids=[0], broadcast_buffers=False)
    MMDistributedDataParallel(module=nn.Linear(1, 1, device='meta'), device_ids=[0])      # stands for a GPU
    assert stock_ddp == [dict(device_ids=None, broadcast_buffers=False), dict(device_ids=[0])]


# --------------------------------------------------------------------------- compiled-step
def test_compiled_step(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = compat._not_for_graphs()
    assert not compat.whole_step_is_compiled()
    for owner, name in parts:
        stock = getattr(vars(owner)[name], '__wrapped__', vars(owner)[name])
        monkeypatch.setattr(owner, name, stock)
        assert compat.whole_step_is_compiled()
    compat.compile_the_model_alone()
    assert not compat.whole_step_is_compiled()
    mended = [vars(owner)[name] for owner, name in parts]
    compat.compile_the_model_alone()      # a second time
    assert mended == [vars(owner)[name] for owner, name in parts]


# --------------------------------------------------------------------------- cpu-amp
def test_cpu_amp(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmaction.registry import OPTIM_WRAPPERS
    from mmengine.optim.optimizer import amp_optimizer_wrapper
    monkeypatch.setattr(OPTIM_WRAPPERS, '_module_dict', {})
    for name in ('cuda', 'npu', 'mlu', 'musa'):
        monkeypatch.setattr(amp_optimizer_wrapper, f'is_{name}_available', lambda: False)
    assert compat.cpu_amp_fails()
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: True)
    assert not compat.cpu_amp_fails()      # a GPU: MMEngine's own wrapper stays
    monkeypatch.setattr(amp_optimizer_wrapper, 'is_cuda_available', lambda: False)
    compat.register_cpu_amp()
    assert not compat.cpu_amp_fails()
    assert OPTIM_WRAPPERS.get('AmpOptimWrapper').__name__ == 'CPUAmpOptimWrapper'


# --------------------------------------------------------------------------- safe-checkpoints
def test_safe_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint.CheckpointLoader, '_schemes', dict(checkpoint.CheckpointLoader._schemes))
    monkeypatch.setattr(checkpoint, 'load_url', torch.hub.load_state_dict_from_url)
    checkpoint.CheckpointLoader.register_scheme('', checkpoint.load_from_local, force=True)
    load = torch.load
    assert compat.checkpoints_load_unsafely() and torch.load is load
    compat.load_checkpoints_safely()
    assert not compat.checkpoints_load_unsafely()
    assert checkpoint.CheckpointLoader._get_checkpoint_loader('a.pth') is safe_loading.load_from_local


def test_safe_checkpoints_leave_a_mended_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_from_local(filename: str, map_location: object) -> object:
        return torch.load(filename, map_location=map_location, weights_only=True)

    def load_url(url: str, weights_only: bool = True) -> None:
        """A PyTorch hub whose default is the safe one."""

    monkeypatch.setattr(checkpoint.CheckpointLoader, '_schemes', {'': load_from_local})
    monkeypatch.setattr(checkpoint, 'load_url', load_url)
    assert not compat.checkpoints_load_unsafely()

    def trusting(filename: str, map_location: object) -> object:
        return torch.load(filename, map_location=map_location, weights_only=False)

    monkeypatch.setattr(checkpoint.CheckpointLoader, '_schemes', {'': trusting})
    assert compat.checkpoints_load_unsafely()      # unpickling everything, silently, is no cure
