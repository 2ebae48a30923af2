"""How fast exported files run, against the model in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fdp_mmaction.engine.benchmark.clock import interleave
from fdp_mmaction.engine.benchmark.measure import threads_of
from fdp_mmaction.engine.benchmark.spread import ratio_of_medians, spread

from .clips import random_clips
from .exported_model import ExportedModel
from .onnx_file import load_onnx
from .program import load_program

EAGER = 'PyTorch'
"""The model as it is, normalisation included and batch normalisation folded if it is in the files."""


def eager_step(module: ExportedModel, clips: np.ndarray, half: bool = False) -> dict[str, torch.Tensor]:
    """Predict in PyTorch on the CPU, on wish in bfloat16 where that is safe."""
    with torch.inference_mode(), torch.autocast('cpu', torch.bfloat16, enabled=half):
        return module(torch.from_numpy(clips))


def time_files(module: ExportedModel, files: Mapping[str, Path], clip_shape: tuple[int, int, int],
               batch_sizes: Sequence[int], repeats: int = 20, warmup: int = 2, threads: int | None = None
               ) -> list[dict[str, Any]]:
    """Time files and the model in turn, A B C A B C, on the CPU.

    Args:
        module (ExportedModel): The model.
        files (Mapping[str, Path]): Files by format, see :data:`~fdp_mmaction.export.run.SUFFIXES`.
        clip_shape (tuple[int, int, int]): ``(T, H, W)``.
        batch_sizes (Sequence[int]): Numbers of clips of a step.
        repeats (int): Timed rounds. Defaults to 20.
        warmup (int): Rounds before them. Defaults to 2.
        threads (int, optional): Of PyTorch and of ONNX Runtime. Defaults to None: PyTorch's setting, for both.

    Returns:
        list[dict[str, Any]]: ``batch_size name clips_per_second seconds ratio``: median, see
        :func:`~fdp_mmaction.engine.benchmark.spread.spread`, and how many times faster than PyTorch, see
        :func:`~fdp_mmaction.engine.benchmark.spread.ratio_of_medians`.
    """
    rows: list[dict[str, Any]] = []
    with threads_of(threads):
        runners = {}
        if 'torch-export' in files:
            runners['torch.export'] = load_program(files['torch-export'])
        if 'onnx' in files:
            runners['ONNX Runtime'] = load_onnx(files['onnx'], torch.get_num_threads())
        for size in batch_sizes:
            clips = random_clips(size, clip_shape)
            steps = {EAGER: partial(eager_step, module, clips),
                     f'{EAGER}, bfloat16': partial(eager_step, module, clips, half=True),
                     **{name: partial(run, clips) for name, run in runners.items()}}
            interleave(steps, warmup)
            seconds = interleave(steps, repeats)
            rows += [dict(batch_size=size, name=name, clips_per_second=size / spread(values)['median'],
                          seconds=spread(values), ratio=ratio_of_medians(seconds[EAGER], values))
                     for name, values in seconds.items()]
    return rows
