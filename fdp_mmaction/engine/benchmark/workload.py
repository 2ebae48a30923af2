"""A step of training or of prediction, ready to be run again and again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.inference import fold_batch_norm, pack_for_cpu
from fdp_mmaction.registry import MODELS

from .example import example_batch
from .variant import Variant, loader_of, pipeline_of

DTYPES = {None: torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}
"""Value of ``--amp`` to the type that convolutions and matrix products compute in."""


@dataclass(frozen=True, eq=False)
class Workload:
    """A step that can be run again and again.

    Args:
        variant (Variant): Where it comes from.
        part (str): ``'train'``, ``'inference'`` or ``'stream'``.
        model (nn.Module): On the device.
        step (Callable): Runs one step; on a GPU it may return before the GPU is done. In training it may be given
            what wraps the model.
        mes (int): MEs of a step.
        clips (int): Clips of a step; an ME may give several. Windows of a video.
        optimizer (Optimizer, optional): Of training.
        dtype (torch.dtype): That convolutions and matrix products compute in.
        frames (int, optional): Frames of a video that a step goes through. Defaults to None: no video.
    """

    variant: Variant
    part: str
    model: nn.Module
    step: Callable[..., object]
    mes: int
    clips: int
    optimizer: torch.optim.Optimizer | None
    dtype: torch.dtype
    frames: int | None = None


def build_workload(variant: Variant, cfg: Config, part: str, device: torch.device) -> Workload:
    """Build model, batch and, for training, optimiser.

    A step is what MMEngine's runner does with a batch that a data loader gave it: copying it to the device,
    normalising, forward; in training losses, backward and update, in prediction the predictions of all chosen heads.

    Args:
        variant (Variant): The variant.
        cfg (Config): Its config, from :func:`~fdp_mmaction.engine.benchmark.variant.read_variant`.
        part (str): ``'train'`` or ``'inference'``.
        device (torch.device): Where.

    Returns:
        Workload: Not compiled yet, see :func:`compile_workload`; no step has been run.

    Raises:
        UsageError: If the config does not permit what is asked for.
        DatasetError: If its pipeline does not take aligned frames.
    """
    check_precision(variant.amp, device)
    search = bool((cfg.get('env_cfg') or {}).get('cudnn_benchmark'))      # of the whole process: set step by step
    dtype = DTYPES[variant.amp] if variant.amp else None
    if part == 'train' and (variant.fold_bn or variant.pack):
        raise UsageError(f'{"fold_bn" if variant.fold_bn else "pack"} goes with predictions only: what it makes cannot '
                         'be trained.')
    model = build_model(variant, cfg, device)
    batch_size = variant.batch_size or loader_of(cfg, part).batch_size
    pipeline = pipeline_of(cfg, part)
    if not pipeline:
        raise UsageError(f'{variant.config} has no pipeline in its {part} dataset, so no batch can be made for it.')
    batch = example_batch(pipeline, batch_size, variant.me_frames)
    if part == 'train':
        wrapper = build_optim_wrapper(model.train(), optimiser_settings(cfg, variant))

        def step(wrapped: nn.Module = model) -> object:
            torch.backends.cudnn.benchmark = search
            return wrapped.train_step(batch, wrapper)
    else:
        def step() -> object:
            torch.backends.cudnn.benchmark = search
            with torch.no_grad(), torch.autocast(device.type, dtype, enabled=dtype is not None):
                return model.test_step(batch)
    return Workload(variant, part, model, step, batch_size, sum(len(clips) for clips in batch['inputs']),
                    wrapper.optimizer if part == 'train' else None, DTYPES[variant.amp])


def build_model(variant: Variant, cfg: Config, device: torch.device) -> nn.Module:
    """The model with random weights, in evaluation mode, folded or packed where that is asked for."""
    model = MODELS.build(copy.deepcopy(cfg.model))
    if hasattr(model, 'init_weights'):
        model.init_weights()
    if variant.pack:
        if device.type != 'cpu':
            raise UsageError(f'pack goes with predictions on a CPU, not on {device}.')
        return pack_for_cpu(model, DTYPES[variant.amp])
    return fold_batch_norm(model).to(device) if variant.fold_bn else model.to(device).eval()


def check_precision(amp: str | None, device: torch.device) -> None:
    """Raise :class:`~fdp_mmaction.engine.launch.UsageError` where mixed precision would not do what it says."""
    if amp is None or device.type == 'cuda':
        return
    if amp == 'fp16':
        raise UsageError('--amp fp16 is for GPUs: on a CPU use --amp bf16.')
    if torch.cuda.is_available():      # MMEngine asks for the precision of the GPU then
        raise UsageError('--amp on the CPU of a machine with a GPU: hide the GPU by CUDA_VISIBLE_DEVICES="" first.')


def optimiser_settings(cfg: Config, variant: Variant) -> Any:
    """``optim_wrapper`` of the config, with mixed precision where it is asked for.

    bfloat16 has the range of float32, so its losses are not scaled.

    Args:
        cfg (Config): The config.
        variant (Variant): The variant.

    Returns:
        ConfigDict: For MMEngine's ``build_optim_wrapper``.

    Raises:
        UsageError: If there is none, or mixed precision does not go with it.
    """
    if cfg.get('optim_wrapper') is None:
        raise UsageError(f'{variant.config} has no optim_wrapper, which a training step needs.')
    settings = copy.deepcopy(cfg.optim_wrapper)
    settings.setdefault('type', 'OptimWrapper')
    if variant.amp is not None:
        if settings.type not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise UsageError(f'--amp does not go with optim_wrapper type {settings.type}; use OptimWrapper in '
                             f'{variant.config}.')
        settings.update(type='AmpOptimWrapper', dtype=str(DTYPES[variant.amp]).removeprefix('torch.'),
                        loss_scale=dict(enabled=False) if variant.amp == 'bf16' else 'dynamic')
    return settings


def compile_workload(work: Workload, **options: Any) -> None:
    """Let ``torch.compile`` translate the step: of training as ``compile=True`` in a config does, else the forward.

    Args:
        work (Workload): Changed in place; the next steps are slow.
        **options: Of ``torch.compile``.
    """
    name = 'train_step' if work.part == 'train' else 'forward'
    setattr(work.model, name, torch.compile(getattr(work.model, name), **options))
