"""Distributed training steps: what more processes bring, and what exchanging gradients costs."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.logging import MMLogger
from mmengine.model import MMDistributedDataParallel
from torch import nn

from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.host_memory import keep_freed_memory

from .clock import clock_of
from .machine import describe_machine
from .spread import spread
from .variant import Variant, read_variant
from .workload import Workload, build_workload

EXCHANGED, ALONE = 'exchanged', 'alone'


def measure_processes(variant: Variant, device: torch.device, counts: Sequence[int], repeats: int = 20,
                      warmup: int = 3, threads: int = 1, on_progress: Callable[[int], object] | None = None
                      ) -> dict[str, Any]:
    """Time training steps by 1, 2, ... processes, each with its own batch, with and without exchanging gradients.

    Every process of a count takes steps of both kinds in turn; all begin a step together, and the slowest one counts.
    Processes are MMEngine's ``MMDistributedDataParallel``, by gloo on a CPU and NCCL on GPUs.

    Args:
        variant (Variant): What is trained.
        device (torch.device): ``cpu``, or ``cuda``: process i then has GPU i.
        counts (Sequence[int]): Numbers of processes; the first is what efficiency refers to.
        repeats (int): Timed steps of each kind. Defaults to 20.
        warmup (int): Steps before them. Defaults to 3.
        threads (int): Of PyTorch, for each process. Defaults to 1.
        on_progress (Callable, optional): Called with each count before it is measured. Defaults to None.

    Returns:
        dict: ``part environment config repeats gradient_bytes results``. Of each result: ``processes``, ``seconds`` of
        a step and ``seconds_alone`` without the exchange (see
        :func:`~fdp_mmaction.engine.benchmark.spread.spread`), ``clips_per_second`` of all processes, ``efficiency``:
        clips per second and process over those of the first count, ``sent_bytes``: what a process sends in a step if
        sums go round in a ring, 2 (n - 1) / n of its gradients.

    Raises:
        UsageError: If there are fewer GPUs than processes, the variant is compiled, or the config does not run so.
    """
    if device.type == 'cuda' and max(counts) > torch.cuda.device_count():
        raise UsageError(f'{max(counts)} processes need as many GPUs; PyTorch sees {torch.cuda.device_count()} here.')
    if variant.compile:
        raise UsageError('Processes that train together are measured without torch.compile: leave --compile out.')
    read_variant(variant)                                  # its errors belong here, not into another process
    rows = []
    for count in counts:
        if on_progress is not None:
            on_progress(count)
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(_work, (count, folder, variant, device.type, repeats, warmup, threads), nprocs=count)
            found = json.loads(Path(folder, 'found.json').read_text())
        bytes_, seconds = found['gradient_bytes'], spread(found[EXCHANGED])
        rows.append(dict(processes=count, seconds=seconds, seconds_alone=spread(found[ALONE]),
                         clips_per_second=count * found['clips'] / seconds['median'],
                         sent_bytes=2 * (count - 1) * bytes_ // count))
    first = rows[0]['clips_per_second'] / rows[0]['processes']
    for row in rows:
        row['efficiency'] = row['clips_per_second'] / row['processes'] / first
    return dict(part='processes', environment=dict(describe_machine(device), threads=threads), config=variant.config,
                repeats=repeats, gradient_bytes=bytes_, results=rows)


def _work(rank: int, count: int, folder: str, variant: Variant, kind: str, repeats: int, warmup: int,
          threads: int) -> None:
    """One process; the first one writes what was found."""
    import fdp_mmaction  # noqa: F401  (a new interpreter: repair the host here, too)
    MMLogger.get_current_instance().setLevel('WARNING')
    torch.set_num_threads(threads)
    device, ids, backend = torch.device('cpu'), None, 'gloo'
    if kind == 'cuda':
        device, ids, backend = torch.device('cuda', rank), [rank], 'nccl'
        torch.cuda.set_device(device)
    else:
        keep_freed_memory()
    dist.init_process_group(backend, f'file://{folder}/meeting', rank=rank, world_size=count)
    torch.manual_seed(rank)
    work = build_workload(variant, read_variant(variant), 'train', device)
    model = MMDistributedDataParallel(work.model, device_ids=ids, broadcast_buffers=False)
    steps = {EXCHANGED: partial(work.step, model), ALONE: partial(_alone, work, model)}
    for step in [*steps.values()] * warmup:
        step()
    clock, seconds = clock_of(device), {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            dist.barrier()
            slowest = torch.tensor(clock(step), dtype=torch.float64, device=device)
            dist.all_reduce(slowest, dist.ReduceOp.MAX)
            seconds[name].append(float(slowest))
    if rank == 0:
        Path(folder, 'found.json').write_text(json.dumps(dict(
            seconds, clips=work.clips, gradient_bytes=_gradient_bytes(work.model))))
    dist.barrier()
    # Freeing the group joins gloo's thread while holding Python's lock, for which that thread may be waiting
    os._exit(0)


def _alone(work: Workload, model: MMDistributedDataParallel) -> None:
    with model.no_sync():
        work.step(model)


def _gradient_bytes(model: nn.Module) -> int:
    return sum(weight.numel() * weight.element_size() for weight in model.parameters() if weight.requires_grad)
