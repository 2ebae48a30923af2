"""Measure steps of training or prediction: one variant, or several in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from fdp_mmaction.engine.launch import USER_ERRORS, UsageError

from .clock import clock_of, interleave
from .flops import convolution_peak, count_flops, matmul_peak
from .machine import describe_machine
from .memory import state_memory, step_memory
from .spread import ratio_of_medians, spread
from .stream import build_stream
from .variant import Variant, read_variant
from .workload import Workload, build_workload, compile_workload

OnProgress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Args:
        part (str): ``'train'``, ``'inference'`` or ``'stream'``.
        device (torch.device): Where.
        repeats (int): Timed steps of each variant. Defaults to 20.
        warmup (int): Steps before them. Defaults to 3.
        threads (int, optional): Of PyTorch on the CPU. Defaults to None: as they are.
    """

    part: str
    device: torch.device
    repeats: int = 20
    warmup: int = 3
    threads: int | None = None


@contextmanager
def threads_of(number: int | None) -> Iterator[None]:
    """Let PyTorch use so many threads meanwhile; None leaves them as they are."""
    before = torch.get_num_threads()
    if number is not None:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure(variants: Sequence[Variant], plan: Plan, on_progress: OnProgress | None = None,
            on_ready: Callable[[Sequence[Workload]], object] | None = None) -> dict[str, Any]:
    """Time variants in turn, and say what else their steps cost.

    Args:
        variants (Sequence[Variant]): The first is what the others are compared with. Names differ.
        plan (Plan): How.
        on_progress (Callable, optional): Called with steps done, steps in all and the variant. Defaults to None.
        on_ready (Callable, optional): Called with the warm workloads after the timing. Defaults to None.

    Returns:
        dict: ``part environment repeats warmup peaks convolution_peaks results ratios``. ``peaks``: name of a type to
        the operations per second of a matrix product, and of a convolution with its gradients. Of each result: the
        variant's settings, ``seconds`` (see :func:`~fdp_mmaction.engine.benchmark.spread.spread`),
        ``clips_per_second``, ``mes``, ``clips``, ``parameters``, ``dtype``, ``flops`` of a step, ``flops_per_second``,
        ``share_of_peak``, ``share_of_convolutions``, ``memory`` (bytes that a step needs for a while) and
        ``state_memory`` (bytes of weights, buffers and the optimiser's state); for a video ``frames_per_second``. What
        cannot be known is None.

    Raises:
        UsageError: If a config does not exist, does not permit what is asked for, or does not run so.
        DatasetError: If a pipeline does not take aligned frames.
    """
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise UsageError(f'{next(name for name in names if names.count(name) > 1)} is there twice: compare things that '
                         'differ.')
    with threads_of(plan.threads):
        torch.manual_seed(0)
        np.random.seed(0)
        total, done = len(variants) * (plan.warmup + plan.repeats), 0

        def tick(name: str) -> None:
            nonlocal done
            done += 1
            if on_progress is not None:
                on_progress(done, total, name)

        ready = [_prepare(variant, plan, tick) for variant in variants]
        dtypes = sorted({work.dtype for work, _ in ready}, key=str)
        peaks = {dtype: matmul_peak(plan.device, dtype) for dtype in dtypes}
        timed = interleave({work.variant.name: work.step for work, _ in ready}, plan.repeats, clock_of(plan.device),
                           tick)
        peaks = {dtype: max(before, matmul_peak(plan.device, dtype)) for dtype, before in peaks.items()}
        convolutions = {dtype: convolution_peak(plan.device, dtype) for dtype in dtypes}
        if on_ready is not None:
            on_ready([work for work, _ in ready])
        results = [_result(work, costs, timed[work.variant.name], peaks[work.dtype], convolutions[work.dtype])
                   for work, costs in ready]
        ratios = [dict(name=name, reference=names[0], **ratio_of_medians(timed[names[0]], timed[name]))
                  for name in names[1:]]
        return dict(part=plan.part, environment=describe_machine(plan.device), repeats=plan.repeats,
                    warmup=plan.warmup, peaks={_short(dtype): value for dtype, value in peaks.items()},
                    convolution_peaks={_short(dtype): value for dtype, value in convolutions.items()},
                    results=results, ratios=ratios)


def _prepare(variant: Variant, plan: Plan, tick: Callable[[str], None]) -> tuple[Workload, dict[str, int | None]]:
    """A warm workload, its operations and its memory."""
    cfg = read_variant(variant)
    try:
        work = build_stream(variant, cfg, plan.device) if plan.part == 'stream' else \
            build_workload(variant, cfg, plan.part, plan.device)
        flops = count_flops(work.step)
        if variant.compile:
            compile_workload(work)
        for _ in range(plan.warmup):
            work.step()
            tick(variant.name)
        memory = step_memory(work.step, plan.device)
    except (UsageError, *USER_ERRORS):
        raise
    except (RuntimeError, ValueError, TypeError, AssertionError, IndexError) as error:
        reason = next(iter(str(error).strip().splitlines()), '') or type(error).__name__
        raise UsageError(f'{variant.name} does not run ({plan.part}, {plan.device}): {reason}') from error
    return work, dict(flops=flops, memory=memory)


def _result(work: Workload, costs: dict[str, int | None], seconds: Sequence[float], peak_rate: float,
            convolution_rate: float) -> dict[str, Any]:
    variant, found, flops = work.variant, spread(seconds), costs['flops']
    rate = flops / found['median'] if flops else None
    settings = {key: getattr(variant, key) for key in ('config', 'frames', 'size', 'me_frames', 'amp', 'channels_last',
                                                       'compile', 'fold_bn', 'pack')}
    if work.frames is not None:
        settings.update(window=variant.window, stride=variant.stride, video_frames=work.frames,
                        frames_per_second=work.frames / found['median'])
    return dict(settings, name=variant.name, options=dict(variant.options), heads=variant.heads and list(variant.heads),
                batch_size=work.mes, mes=work.mes, clips=work.clips, dtype=_short(work.dtype),
                parameters=sum(weight.numel() for weight in work.model.parameters()), seconds=found,
                clips_per_second=work.clips / found['median'], flops=flops, flops_per_second=rate,
                share_of_peak=rate / peak_rate if rate else None,
                share_of_convolutions=rate / convolution_rate if rate else None, memory=costs['memory'],
                state_memory=state_memory(work.model, work.optimizer))


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix('torch.')
