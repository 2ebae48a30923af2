"""The graph of a model by ``torch.export``, and its file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fdp_mmaction.engine.launch import UsageError
from .exported_model import ExportedModel

CLIPS = 'clips'
"""Name of the input, and of its first axis."""
METADATA = 'metadata.json'
"""Name of the description inside a ``.pt2`` file."""
NEEDED = (2, 5)
"""Oldest PyTorch whose exporter is used."""

_UNTRACEABLE = (RuntimeError, ValueError, TypeError, AssertionError)
"""What ``torch.export`` raises on a module that it cannot trace."""

Runner = Callable[[np.ndarray], 'dict[str, np.ndarray]']
"""``run(clips (N, T, H, W) uint8)`` gives the outputs by name."""


class ExportError(RuntimeError):
    """A model cannot be translated, or a file does not give its numbers; a sentence says why."""


def first_line(error: Exception) -> str:
    """The first line of an error that may have hundreds."""
    return next(iter(str(error).strip().splitlines()), '').rstrip('.') or type(error).__name__


def trace(module: ExportedModel, clip_shape: tuple[int, int, int]) -> torch.export.ExportedProgram:
    """Write down what a model computes, for any number of clips.

    Args:
        module (ExportedModel): The model.
        clip_shape (tuple[int, int, int]): ``(T, H, W)``.

    Returns:
        torch.export.ExportedProgram: Of ``clips (N, T, H, W)`` uint8.

    Raises:
        UsageError: If PyTorch is too old.
        ExportError: If the model cannot be traced for any number of clips.
    """
    if tuple(int(part) for part in torch.__version__.split('.')[:2]) < NEEDED:
        raise UsageError(f'Exporting needs PyTorch {".".join(map(str, NEEDED))} or later; this is {torch.__version__}.')
    example = torch.zeros((2, *clip_shape), dtype=torch.uint8)
    try:
        with torch.no_grad():
            program = torch.export.export(module.eval(), (example,), strict=False,
                                          dynamic_shapes={CLIPS: {0: torch.export.Dim(CLIPS, min=1)}})
    except _UNTRACEABLE as error:
        raise ExportError(f'The model cannot be traced for any number of clips ({first_line(error)}): if one of its '
                          'parts is your own, see what torch.export asks of it.') from error
    for part in program.graph_module.modules():                 # of branches too
        for node in getattr(getattr(part, 'graph', None), 'nodes', ()):
            node.meta.pop('stack_trace', None)                  # lines of files of this machine
    return program


def write_program(program: torch.export.ExportedProgram, path: Path, metadata: Mapping[str, Any]) -> None:
    """Write a ``.pt2`` file.

    Args:
        program (torch.export.ExportedProgram): From :func:`trace`.
        path (Path): The file.
        metadata (Mapping): Written into the file as :data:`METADATA`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'No complete tensor found')       # of weights with channels last; they are
        with path.open('wb') as file:                           # given a path, its name would be in the file
            torch.export.save(program, file, extra_files={METADATA: json.dumps(metadata)})


def load_program(path: Path) -> Runner:
    """A written ``.pt2`` file, ready to run.

    Args:
        path (Path): The file.

    Returns:
        Runner: Gives the outputs by name.
    """
    module = torch.export.load(path).module()

    def run(clips: np.ndarray) -> dict[str, np.ndarray]:
        with torch.no_grad():
            return {name: value.numpy() for name, value in module(torch.from_numpy(clips)).items()}
    return run
