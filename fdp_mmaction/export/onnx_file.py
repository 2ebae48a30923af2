"""ONNX files: writing and running them."""

from __future__ import annotations

import importlib
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from fdp_mmaction.engine.launch import UsageError
from .program import CLIPS, ExportError, Runner, first_line

if TYPE_CHECKING:
    import torch

PROPERTY = 'fdp_mmaction'
"""Name of the description among the file's ``metadata_props``: JSON."""
OPSETS = (18, 23)
"""Oldest and newest version of the operators that PyTorch writes."""
_PACKAGES = ('onnx', 'onnxscript', 'onnxruntime')


def need(*names: str) -> ModuleType:
    """Import optional packages.

    Args:
        *names (str): Their names.

    Returns:
        ModuleType: The last of them.

    Raises:
        UsageError: If one is missing.
    """
    try:
        return [importlib.import_module(name) for name in names][-1]
    except ImportError as error:
        raise UsageError(f"ONNX files need {', '.join(_PACKAGES)} ({error}): pip install 'fdp-mmaction[export]', or "
                         'choose --format torch-export.') from error


def write_onnx(program: torch.export.ExportedProgram, path: Path, metadata: Mapping[str, Any],
               output_names: Sequence[str], opset: int | None = None) -> int:
    """Translate a graph into one ONNX file.

    Args:
        program (torch.export.ExportedProgram): From :func:`~fdp_mmaction.export.program.trace`.
        path (Path): The file.
        metadata (Mapping): Written into the file's ``metadata_props`` as JSON, by the name :data:`PROPERTY`.
        output_names (Sequence[str]): Names of the outputs, in order.
        opset (int, optional): Version of ONNX's operators, 18 to 23. Defaults to None: PyTorch's choice.

    Returns:
        int: Version of the operators.

    Raises:
        UsageError: If a package is missing, or the version is out of range.
        ExportError: If a part of the model has no ONNX form.
    """
    import torch
    need('onnx', 'onnxscript')
    if opset is not None and not OPSETS[0] <= opset <= OPSETS[1]:
        raise UsageError(f'--opset {opset} is out of range: PyTorch writes {OPSETS[0]} to {OPSETS[1]}.')
    with warnings.catch_warnings(), _quiet('torch.onnx', 'onnxscript', 'onnx_ir'):
        warnings.simplefilter('ignore')
        try:
            written = torch.onnx.export(program, f=None, dynamo=True, verbose=False, input_names=[CLIPS],
                                        output_names=list(output_names), opset_version=opset)
        except torch.onnx.errors.OnnxExporterError as error:
            raise ExportError(f'{path.name} could not be written: PyTorch has no ONNX form of a part of the model '
                              f'({first_line(error)}).') from error
    for node in written.model.graph.all_nodes():
        node.metadata_props.clear()                 # where in PyTorch's graph, and in whose files, it comes from
    written.model.metadata_props[PROPERTY] = json.dumps(metadata)
    written.save(path, external_data=False)
    return int(written.model.opset_imports[''])


def load_onnx(path: Path, threads: int | None = None) -> Runner:
    """A written ONNX file, ready to run by ONNX Runtime on the CPU.

    Args:
        path (Path): The file.
        threads (int, optional): Defaults to None: ONNX Runtime's choice.

    Returns:
        Runner: Gives the outputs by name.

    Raises:
        UsageError: If ONNX Runtime is missing.
    """
    runtime = need('onnxruntime')
    options = runtime.SessionOptions()
    options.log_severity_level = 3                  # errors alone
    if threads is not None:
        options.intra_op_num_threads = threads
    session = runtime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    names = [output.name for output in session.get_outputs()]

    def run(clips: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {CLIPS: clips})))
    return run


class _quiet:
    """Let some loggers say errors alone meanwhile."""

    def __init__(self, *names: str) -> None:
        self.loggers = [logging.getLogger(name) for name in names]

    def __enter__(self) -> None:
        self.levels = [logger.level for logger in self.loggers]
        for logger in self.loggers:
            logger.setLevel(logging.ERROR)

    def __exit__(self, *error: object) -> None:
        for logger, level in zip(self.loggers, self.levels):
            logger.setLevel(level)
