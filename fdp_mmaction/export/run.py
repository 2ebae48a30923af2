"""Export a model: write each file, check it against the model, and keep it only if it agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fdp_mmaction.atomic import replacing, write_text
from fdp_mmaction.engine.launch import UsageError, check_folder
from fdp_mmaction.models import DynamicImageHead

from .check import Difference, check, eager_runner
from .clips import random_clips
from .description import describe
from .exported_model import ExportedModel, choose_heads
from .onnx_file import load_onnx, need, write_onnx
from .program import ExportError, load_program, trace, write_program
from .source import Source, sha256_of

SUFFIXES = {'onnx': '.onnx', 'torch-export': '.pt2'}
"""Formats and the ends of their files."""
TOLERANCE = 1e-4
"""Largest difference to the model that a file may have, relative to the output's largest value; of dynamic images the
typical one, see :class:`~fdp_mmaction.export.check.Difference`."""
BATCH_SIZES = (1, 2, 5)
"""Numbers of random clips of a check; the graph is traced with 2."""

OnProgress = Callable[[str], object]


@dataclass(frozen=True)
class ExportedFile:
    """A file that agrees with the model.

    Args:
        path (Path): Where it lies.
        format (str): Of :data:`SUFFIXES`.
        differences (list[Difference]): To the model, of each output.
        opset (int, optional): Version of ONNX's operators. Defaults to None: no ONNX file.
    """

    path: Path
    format: str
    differences: list[Difference]
    opset: int | None = None


@dataclass
class Export:
    """What became of an export.

    Args:
        module (ExportedModel): What was exported.
        heads (list[str]): Heads beside the class.
        files (list[ExportedFile]): Written and checked. Defaults to none.
        failures (list[str]): A sentence for each format that failed. Defaults to none.
        description (Path, optional): The JSON file. Defaults to None: nothing was written.
    """

    module: ExportedModel
    heads: list[str]
    files: list[ExportedFile] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    description: Path | None = None


def export_model(source: Source, out: str | Path, formats: Sequence[str] = tuple(SUFFIXES),
                 heads: Sequence[str] | None = None, fold_bn: bool = True, opset: int | None = None,
                 clips: np.ndarray | None = None, name: str | None = None, tolerance: float = TOLERANCE,
                 on_progress: OnProgress | None = None) -> Export:
    """Export a model.

    Args:
        source (Source): From :func:`~fdp_mmaction.export.source.read_source`.
        out (str | Path): Folder to write into; made if it is not there.
        formats (Sequence[str]): Of :data:`SUFFIXES`. Defaults to all.
        heads (Sequence[str], optional): Heads that predict; the others are not in the graph. Defaults to None: all.
        fold_bn (bool): Fold batch normalisation into the weights. Defaults to True.
        opset (int, optional): Version of ONNX's operators. Defaults to None: PyTorch's choice.
        clips (np.ndarray, optional): Real clips ``(N, T, H, W)`` uint8 to check on, beside random ones. Defaults to
            None.
        name (str, optional): Of the files, without suffix. Defaults to None: ``source.name``.
        tolerance (float): See :data:`TOLERANCE`. Defaults to that.
        on_progress (Callable, optional): Called with what is being done. Defaults to None.

    Returns:
        Export: Files that agree with the model, and what failed. ``<name>.json`` describes them.

    Raises:
        UsageError: If the model, the heads, the formats, the folder or the real clips do not suit, or a package is
            missing.
    """
    tell = on_progress or (lambda text: None)
    out, name = Path(out), name or source.name
    check_folder(out)
    unknown = [fmt for fmt in formats if fmt not in SUFFIXES]
    if unknown:
        raise UsageError(f'Unknown format {", ".join(unknown)}: choose {", ".join(SUFFIXES)}.')
    if 'onnx' in formats:
        need('onnx', 'onnxscript', 'onnxruntime')           # before anything takes time
    shape = source.recipe.clip_shape
    if clips is not None and clips.shape[1:] != shape:
        raise UsageError(f'The model takes clips of {shape[0]} frames of {shape[2]}x{shape[1]} pixels, the real ones '
                         f'have {clips.shape[1]} of {clips.shape[3]}x{clips.shape[2]}: give another --data-root.')
    chosen = choose_heads(source.model, heads)
    module = ExportedModel(source.model, chosen, fold_bn)
    result = Export(module, chosen)
    metadata = describe(source, module, chosen, fold_bn)
    batches = [random_clips(size, shape, seed=size) for size in BATCH_SIZES] + ([] if clips is None else [clips])
    tell('tracing')
    try:
        program = trace(module, shape)
    except ExportError as error:
        result.failures.append(str(error))
        return result
    for fmt in dict.fromkeys(formats):
        path, version = out / f'{name}{SUFFIXES[fmt]}', None
        try:
            with replacing(path) as partial:                # gone again on an error; an older file stays
                tell(f'writing {path.name}')
                if fmt == 'onnx':
                    version = write_onnx(program, partial, metadata, module.output_names, opset)
                    run = load_onnx(partial)
                else:
                    write_program(program, partial, metadata)
                    run = load_program(partial)
                tell(f'checking {path.name}')
                differences = check(run, eager_runner(source.model, chosen), batches)
                _refuse(path, differences, module, tolerance, trained=source.checkpoint is not None)
        except ExportError as error:
            result.failures.append(str(error))
        else:
            result.files.append(ExportedFile(path, fmt, differences, version))
    if result.files:
        files = {file.path.name: _about(file, clips) for file in result.files}
        result.description = out / f'{name}.json'
        write_text(result.description, json.dumps(dict(metadata, files=files), indent=2) + '\n')
    return result


def _refuse(path: Path, differences: Sequence[Difference], module: ExportedModel, tolerance: float, trained: bool
            ) -> None:
    drawn = [name for name, head in module.heads.items() if isinstance(head, DynamicImageHead)]
    for found in differences:
        judged, what = (found.typical, 'typically ') if found.output in drawn else (found.relative, '')
        if found.output in drawn and not trained and np.isfinite(judged):
            continue                # random weights enlarge rounding until many neighbours are nearly equal
        if not judged <= tolerance:
            raise ExportError(f'{path.name} was not kept: its {found.output} differs from the model {what}by '
                              f'{judged:.2g} of its largest value, and {tolerance:g} is allowed.')


def _about(file: ExportedFile, clips: np.ndarray | None) -> dict[str, Any]:
    about: dict[str, Any] = dict(sha256=sha256_of(file.path), bytes=file.path.stat().st_size)
    if file.opset is not None:
        about['opset'] = file.opset
    checked = dict(random_clips=list(BATCH_SIZES), real_clips=0 if clips is None else len(clips))
    return dict(about, largest_differences=[asdict(difference) for difference in file.differences], checked_on=checked)
