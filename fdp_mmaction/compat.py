"""Repairs that MMAction2 1.2 and MMEngine 0.10 need on today's PyTorch, NumPy and setuptools.

Each repair is a pair of small functions: one *detects* the defect, one mends it. Nothing is touched where the
defect is absent, so a mended host turns its row off by itself. ``import fdp_mmaction`` calls :func:`repair_on_import`,
so that each repair is made as soon as its subject is imported; ``python -m fdp_mmaction.doctor`` makes all of them
and prints what it found. This module imports nothing of the host at its top, because it must run before, and report
about, an installation that is broken.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import logging
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .on_import import when_imported

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repair:
    """One defect of the host and its cure.

    Args:
        name: Short name, as the doctor prints it.
        symptom: What a user would see without the repair.
        reference: Upstream issue or file where the defect lives.
        detect: True when this installation has the defect.
        apply: Mends it; called only after ``detect`` said True.
        subject: Module of the host that must have been imported before. Defaults to None: repair at once.
    """

    name: str
    symptom: str
    reference: str
    detect: Callable[[], bool]
    apply: Callable[[], None]
    subject: str | None = None


@dataclass(frozen=True)
class RepairStatus:
    """What became of one repair here: was it ``needed``, was it ``applied``, and the ``error`` if it failed."""

    name: str
    symptom: str
    reference: str
    needed: bool
    applied: bool
    error: str | None = None


def package_folder(name: str) -> Path | None:
    """Folder of an installed top-level package, found without importing it; None when it is not installed."""
    spec = importlib.util.find_spec(name)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


def runs_on_cpu() -> bool:
    """Whether MMEngine will put models on the CPU (no CUDA, NPU, MLU, MUSA or MPS device)."""
    from mmengine.device import get_device
    return get_device() == 'cpu'


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


# --------------------------------------------------------------------------- missing localizer (issue 2714)
def drn_is_missing() -> bool:
    """MMAction2's 1.2.0 wheel imports ``mmaction/models/localizers/drn`` but does not carry that folder.

    Upstream: open-mmlab/mmaction2 issue 2714.
    """
    root = package_folder('mmaction')
    name = 'mmaction.models.localizers.drn'
    return root is not None and name not in sys.modules and not (root / 'models/localizers/drn').is_dir()


def stub_drn() -> None:
    """Put an empty package and a ``DRN`` that explains itself where the missing folder is expected."""

    class DRN:
        """Stand-in for the localizer that the wheel of MMAction2 lacks."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError('DRN is not part of the MMAction2 1.2.0 wheel; install MMAction2 from source to use it.')

    package = types.ModuleType('mmaction.models.localizers.drn')
    package.__path__ = []
    leaf = types.ModuleType('mmaction.models.localizers.drn.drn')
    leaf.DRN = DRN
    package.drn = leaf
    sys.modules.setdefault(package.__name__, package)
    sys.modules.setdefault(leaf.__name__, leaf)


# --------------------------------------------------------------------------- transformers without old names
def transformers_dropped_names() -> bool:
    """MMAction2's multimodal models import three helpers that newer ``transformers`` no longer have there.

    Where they are gone, ``import mmaction.models`` fails although we use none of those models. The file is read,
    not imported: importing ``transformers`` takes seconds.
    """
    if 'mmaction.models.multimodal.vindlu' in sys.modules or package_folder('mmaction') is None:
        return False
    folder = package_folder('transformers')
    source = folder / 'modeling_utils.py' if folder else None
    if source is None or not source.is_file():
        return False
    text = source.read_text(encoding='utf-8', errors='replace')
    names = ('apply_chunking_to_forward', 'find_pruneable_heads_and_indices', 'prune_linear_layer')
    return getattr(importlib.import_module('mmaction.utils.dependency'), 'WITH_MULTIMODAL', False) and \
        not all(re.search(rf'\b{name}\b', text) for name in names)


def disable_multimodal_models() -> None:
    """Tell MMAction2 that ``transformers`` is absent; its multimodal models then say so when they are built."""
    importlib.import_module('mmaction.utils.dependency').WITH_MULTIMODAL = False


# --------------------------------------------------------------------------- mmcv-lite's import warning
_MMCV_LITE_WARNING = 'Fail to import ``MultiScaleDeformableAttention``'


def mmcv_lite_warns() -> bool:
    """mmcv-lite warns at every import that a compiled operator is missing, which nothing here uses."""
    root = package_folder('mmcv')
    silenced = any(action == 'ignore' and pattern is not None and pattern.match(_MMCV_LITE_WARNING)
                   for action, pattern, *_ in warnings.filters)
    return root is not None and not silenced and not list(root.glob('_ext*'))


def silence_mmcv_lite() -> None:
    """Ignore this one warning, by its text."""
    warnings.filterwarnings('ignore', message=re.escape(_MMCV_LITE_WARNING), category=UserWarning)


# --------------------------------------------------------------------------- distributed training on the CPU
_LAUNCHERS = ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm')


def cpu_distributed_fails() -> bool:
    """``mmengine.dist.init_dist`` selects a CUDA device even where there is none (mmengine/dist/utils.py)."""
    utils = importlib.import_module('mmengine.dist.utils')
    names = utils._init_dist_pytorch.__code__.co_names
    return runs_on_cpu() and 'set_device' in names and 'is_cuda_available' not in names


def _launch_on_cpu(initialise: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(initialise)
    def launch(backend: str, *args: Any, **kwargs: Any) -> None:
        import torch
        with _replaced(torch.cuda, 'set_device', lambda device: None):
            initialise('gloo' if backend == 'nccl' else backend, *args, **kwargs)

    return launch


def allow_cpu_distributed() -> None:
    """Start process groups without choosing a CUDA device, and with gloo where a config asks for nccl."""
    utils = importlib.import_module('mmengine.dist.utils')
    for name in _LAUNCHERS:
        setattr(utils, name, _launch_on_cpu(getattr(utils, name)))


def cpu_ddp_fails() -> bool:
    """``Runner.wrap_model`` hands ``device_ids`` to DDP, which refuses them for a model on the CPU."""
    runner = importlib.import_module('mmengine.runner')
    wrapper = importlib.import_module('mmengine.model').MMDistributedDataParallel
    return runs_on_cpu() and 'LOCAL_RANK' in runner.Runner.wrap_model.__code__.co_consts and \
        not hasattr(wrapper.__init__, '__wrapped__')


def drop_cpu_device_ids() -> None:
    """Let MMEngine's DDP wrapper ignore ``device_ids`` when every parameter lies on the CPU."""
    wrapper = importlib.import_module('mmengine.model').MMDistributedDataParallel
    original = wrapper.__init__

    @functools.wraps(original)
    def initialise(self: Any, module: Any, *args: Any, **kwargs: Any) -> None:
        if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
            kwargs['device_ids'] = None
        original(self, module, *args, **kwargs)

    wrapper.__init__ = initialise


# --------------------------------------------------------------------------- mixed precision on the CPU
def cpu_amp_fails() -> bool:
    """``AmpOptimWrapper``, which ``tools/train.py --amp`` asks for, asserts a GPU before anything else."""
    if 'AmpOptimWrapper' in importlib.import_module('mmaction.registry').OPTIM_WRAPPERS.module_dict:
        return False
    try:
        importlib.import_module('mmengine.optim').AmpOptimWrapper(optimizer=None)
    except AssertionError as error:
        return 'only available' in str(error)
    except Exception:      # any other complaint is about the missing optimizer: no defect
        return False
    return False


def register_cpu_amp() -> None:
    """Answer to ``AmpOptimWrapper`` in MMAction2's scope with a wrapper that uses bfloat16 on the CPU."""
    wrapper = importlib.import_module('fdp_mmaction.engine.optim_wrapper').CPUAmpOptimWrapper
    registry = importlib.import_module('mmaction.registry').OPTIM_WRAPPERS
    registry.register_module(name='AmpOptimWrapper', module=wrapper)


# --------------------------------------------------------------------------- loading checkpoints
def checkpoints_load_unsafely() -> bool:
    """MMEngine cannot load its own checkpoints safely.

    It calls ``torch.load`` without ``weights_only``: since PyTorch 2.6 that refuses the log history in every
    checkpoint, before 2.6 it unpickles whatever the file holds; files from a URL are unpickled in full to this day.
    Upstream: open-mmlab/mmengine issues 1655 and 1650.
    """
    import torch
    checkpoint = importlib.import_module('mmengine.runner.checkpoint')
    history = importlib.import_module('mmengine.logging').HistoryBuffer
    calls: list[dict] = []
    with _replaced(torch, 'load', lambda *args, **kwargs: calls.append(kwargs)):
        checkpoint.CheckpointLoader._get_checkpoint_loader(__file__)(__file__, None)
    safely = calls[0].get('weights_only', tuple(map(int, torch.__version__.split('.')[:2])) >= (2, 6))
    from_url = inspect.signature(checkpoint.load_url).parameters.get('weights_only')
    return not safely or history not in _safe_globals() or from_url is not None and from_url.default is not True


def _safe_globals() -> list[Any]:
    import torch
    return getattr(torch.serialization, 'get_safe_globals', list)()


def load_checkpoints_safely() -> None:
    """Replace MMEngine's loaders of files and URLs by those of :mod:`fdp_mmaction.engine.safe_loading`."""
    loading = importlib.import_module('fdp_mmaction.engine.safe_loading')
    checkpoint = importlib.import_module('mmengine.runner.checkpoint')
    loading.allow_log_history()
    checkpoint.CheckpointLoader.register_scheme('', loading.load_from_local, force=True)
    checkpoint.load_url = loading.load_from_url


# --------------------------------------------------------------------------- torch.compile
def _not_for_graphs() -> list[tuple[type, str]]:
    return [(importlib.import_module('mmengine.model').BaseDataPreprocessor, 'cast_data'),
            (importlib.import_module('mmengine.optim').OptimWrapper, 'update_params')]


def whole_step_is_compiled() -> bool:
    """``compile=True`` compiles a training step with all that is not the model.

    The compiler fails on data samples that hold NumPy arrays, and it compiles the optimiser and the log anew whenever
    the learning rate or a logged number changes, that is in every step.
    """
    return any(not hasattr(vars(owner)[name], '_torchdynamo_disable') for owner, name in _not_for_graphs())


def compile_the_model_alone() -> None:
    """Keep the compiler out of copying the batch and of updating the weights."""
    outside_graphs = importlib.import_module('fdp_mmaction.outside_graphs').outside_graphs
    for owner, name in _not_for_graphs():
        if not hasattr(vars(owner)[name], '_torchdynamo_disable'):
            setattr(owner, name, outside_graphs(vars(owner)[name]))


REPAIRS: tuple[Repair, ...] = (
    Repair('missing-drn', "No module named 'mmaction.models.localizers.drn'", 'mmaction2 issue 2714',
           drn_is_missing, stub_drn),
    Repair('multimodal-imports', 'import mmaction.models fails inside transformers', 'mmaction/models/multimodal',
           transformers_dropped_names, disable_multimodal_models, 'mmaction.utils.dependency'),
    Repair('mmcv-lite-warning', 'a warning about MultiScaleDeformableAttention at every import',
           'mmcv/cnn/bricks/transformer.py', mmcv_lite_warns, silence_mmcv_lite),
    Repair('cpu-distributed', "torch._C has no attribute '_cuda_setDevice'", 'mmengine/dist/utils.py',
           cpu_distributed_fails, allow_cpu_distributed, 'mmengine.dist.utils'),
    Repair('cpu-ddp-device-ids', 'device_ids ... only work with GPU modules', 'mmengine/runner/runner.py',
           cpu_ddp_fails, drop_cpu_device_ids, 'mmengine.runner'),
    Repair('safe-checkpoints', 'Weights only load failed ... HistoryBuffer', 'mmengine issues 1655, 1650',
           checkpoints_load_unsafely, load_checkpoints_safely, 'mmengine.runner'),
    Repair('cpu-amp', '--amp: AmpOptimizerWrapper is only available training on gpu',
           'mmengine/optim/optimizer/amp_optimizer_wrapper.py', cpu_amp_fails, register_cpu_amp, 'mmengine.runner'),
    Repair('compiled-step', "compile=True: ndarray has no attribute '__deepcopy__', or compiling in every step",
           'mmengine/model/base_model/base_model.py', whole_step_is_compiled, compile_the_model_alone,
           'mmengine.runner'),
)
"""Every repair, in the order in which they must be made."""

_APPLIED: dict[str, RepairStatus] = {}


def apply_all() -> list[RepairStatus]:
    """Make every repair that this installation needs; calling it again changes nothing.

    Returns:
        One status per row of :data:`REPAIRS`. A host that cannot be imported shows as ``error``; nothing is raised.
    """
    return [_APPLIED.get(repair.name) or _apply(repair) for repair in REPAIRS]


def repair_on_import() -> None:
    """Make every repair that needs no import at once, and the others when their subject is imported."""
    for repair in REPAIRS:
        if repair.subject is None:
            _apply(repair)
        else:
            when_imported(repair.subject, functools.partial(_apply, repair))


def _apply(repair: Repair) -> RepairStatus:
    needed = applied = False
    error = None
    try:
        needed = bool(repair.detect())
        if needed:
            repair.apply()
            applied = True
            _LOGGER.debug('Repaired %s (%s).', repair.name, repair.reference)
    except Exception as problem:      # a broken host is the doctor's subject, not an error of its own
        error = f'{type(problem).__name__}: {problem}'
        _LOGGER.debug('Repair %s failed: %s', repair.name, error)
    status = RepairStatus(repair.name, repair.symptom, repair.reference, needed, applied, error)
    if applied:
        _APPLIED[repair.name] = status
    return status
