"""Does an exported file give the numbers of the model?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmaction.structures import ActionDataSample

from fdp_mmaction.models import MicroExpressionRecognizer
from .exported_model import CLASS_SCORES, FIELDS, RANK, RANK_SCORES
from .program import Runner


@dataclass(frozen=True)
class Difference:
    """How far one output of a file lies from the model's.

    Args:
        output (str): Its name.
        absolute (float): Largest absolute difference, in the units of the output.
        relative (float): The same divided by the model's largest absolute value.
        typical (float): The median over clips of the median over a clip's values, relative too. Where values tie,
            rounding decides which place is the largest, so a dynamic image has places that differ much between two
            batch sizes of one model already; but a wrong graph differs everywhere.
    """

    output: str
    absolute: float
    relative: float
    typical: float


def eager_runner(model: MicroExpressionRecognizer, heads: Sequence[str]) -> Runner:
    """What a model predicts, by way of its own preprocessing and ``predict``, as in a test.

    Args:
        model (MicroExpressionRecognizer): In evaluation mode.
        heads (Sequence[str]): As :func:`~fdp_mmaction.export.exported_model.choose_heads` gives them.

    Returns:
        Runner: Gives the outputs by the names that they have in the file.
    """
    fields = {CLASS_SCORES: 'pred_score'}
    for name in heads:
        fields[RANK_SCORES if name == RANK else name] = (
            'pred_rank_scores' if name == RANK else FIELDS[type(model.aux_heads[name])])

    def run(clips: np.ndarray) -> dict[str, np.ndarray]:
        data = dict(inputs=[clip[None, None] for clip in torch.from_numpy(clips)],          # (1, 1, T, H, W) each
                    data_samples=[ActionDataSample() for _ in clips])
        with torch.no_grad():
            samples = model.predict(**model.data_preprocessor(data, training=False),
                                    heads=[name for name in heads if name != RANK])
        found = {name: np.stack([sample.get(field).numpy() for sample in samples]) for name, field in fields.items()}
        if RANK_SCORES in found:
            found[RANK_SCORES] = found[RANK_SCORES][:, 0]                                   # of the only clip
        return found
    return run


def compare(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> list[Difference]:
    """Compare outputs of one batch.

    Args:
        found (Mapping[str, np.ndarray]): Of the file.
        expected (Mapping[str, np.ndarray]): Of the model.

    Returns:
        list[Difference]: One for each output; infinite where an output is missing, of another shape or not finite.
    """
    return check(lambda _: dict(found), lambda _: dict(expected), [np.empty(0)])


def check(run: Runner, reference: Runner, batches: Sequence[np.ndarray]) -> list[Difference]:
    """Compare a file with the model on several batches.

    Args:
        run (Runner): Of the file.
        reference (Runner): Of the model.
        batches (Sequence[np.ndarray]): ``(N, T, H, W)`` uint8, N as it likes.

    Returns:
        list[Difference]: One for each output, over all batches.
    """
    batch_wise: dict[str, list[tuple[float, float]]] = {}           # absolute, relative
    clip_wise: dict[str, list[float]] = {}                          # median of a clip, relative
    for clips in batches:
        found = run(clips)
        for name, values in reference(clips).items():
            other = found.get(name)
            if other is None or other.shape != values.shape or not np.isfinite(other).all():
                other = np.full(values.shape, np.inf)
            difference = np.abs(other - values).reshape(len(values), -1)
            scale = max(float(np.abs(values).max()), 1e-12)
            largest = float(difference.max())
            batch_wise.setdefault(name, []).append((largest, largest / scale))
            clip_wise.setdefault(name, []).extend(np.median(difference, axis=1) / scale)
    return [Difference(name, *map(max, zip(*found)), typical=float(np.median(clip_wise[name])))
            for name, found in batch_wise.items()]
