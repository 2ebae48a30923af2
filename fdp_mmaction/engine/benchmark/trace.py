"""Where the time of a step goes: PyTorch's profiler."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from fdp_mmaction.atomic import replacing, write_text

from .workload import Workload


def profile_workload(work: Workload, device: torch.device, folder: Path, steps: int = 2, rows: int = 20) -> str:
    """Profile a few steps; leave a table and a trace that chrome://tracing and ui.perfetto.dev show.

    Args:
        work (Workload): Warm.
        device (torch.device): Where it runs.
        folder (Path): Receives ``profile_<variant>.txt`` and ``trace_<variant>.json``.
        steps (int): Steps. Defaults to 2.
        rows (int): Operators in the table, the most expensive first. Defaults to 20.

    Returns:
        str: The table: operators by the time they took themselves, on the GPU where there is one.
    """
    gpu = device.type == 'cuda'
    with profile(activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if gpu else [])]) as profiler:
        for _ in range(steps):
            work.step()
        if gpu:
            torch.cuda.synchronize(device)
    table = profiler.key_averages().table(sort_by='self_cuda_time_total' if gpu else 'self_cpu_time_total',
                                          row_limit=rows, max_name_column_width=48)
    name = re.sub(r'[^\w.=-]+', '_', work.variant.name)
    write_text(folder / f'profile_{name}.txt', table + '\n')
    with replacing(folder / f'trace_{name}.json') as partial:
        profiler.export_chrome_trace(str(partial))
    return table
