"""Timing steps, several of them in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch

Step = Callable[[], object]
Clock = Callable[[Step], float]


def host_clock(step: Step) -> float:
    """Seconds of a step that is done when it returns."""
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def cuda_clock(step: Step) -> float:
    """Seconds on the GPU, from an idle stream to the end of what the step started there, gaps included."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    step()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1000


def clock_of(device: torch.device) -> Clock:
    """The clock of a device."""
    return cuda_clock if device.type == 'cuda' else host_clock


def interleave(steps: Mapping[str, Step], repeats: int, clock: Clock = host_clock,
               on_step: Callable[[str], object] | None = None) -> dict[str, list[float]]:
    """Time every step again and again, in turn: A B A B ...

    Args:
        steps (Mapping[str, Step]): By name, warmed up.
        repeats (int): Rounds R.
        clock (Clock): Defaults to :func:`host_clock`.
        on_step (Callable, optional): Called with the name after each timing, outside of it. Defaults to None.

    Returns:
        dict[str, list[float]]: R seconds of each; those at one place of the lists are of the same round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            seconds[name].append(clock(step))
            if on_step is not None:
                on_step(name)
    return seconds
