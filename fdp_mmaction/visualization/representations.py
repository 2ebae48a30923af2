"""What enters the class head of a trained model, ME by ME."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fdp_mmaction.errors import DatasetError
from .clip_model import ClipModel

PLACES = ('input', 'hidden')
_BATCH = 16


@dataclass(frozen=True)
class Representations:
    """Representations of n MEs.

    Attributes:
        features (np.ndarray): ``(n, d)`` float32, averaged over the clips of an ME.
        labels (np.ndarray): ``(n,)`` true class.
        predictions (np.ndarray): ``(n,)`` predicted class.
        subjects (tuple[str, ...]): Of each ME.
        sample_ids (tuple[str, ...]): Of each ME.
        classes (tuple[str, ...]): Names in label order.
    """

    features: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    subjects: tuple[str, ...]
    sample_ids: tuple[str, ...]
    classes: tuple[str, ...]


def collect_representations(model: ClipModel, records: Iterable[Mapping[str, Any]], place: str = 'input'
                            ) -> Representations:
    """Run a model on MEs and keep what its class head sees.

    Args:
        model (ClipModel): The trained model.
        records (Iterable[Mapping]): From
            :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_records`; those whose emotion the model's
            protocol leaves out are passed over.
        place (str): ``'input'``: what enters the class head, FDP's dynamic representation or MOL's maps of all frames;
            ``'hidden'``: what enters its last linear layer. Defaults to ``'input'``.

    Returns:
        Representations: In the order of the records.

    Raises:
        ValueError: If the place is unknown.
        DatasetError: If no ME is left, a clip cannot be read, or the model tells no classes.
    """
    if place not in PLACES:
        raise ValueError(f'Representations are taken at {" or ".join(PLACES)}; got {place!r}.')
    model.require_classes()
    watched = model.model.cls_head if place == 'input' else _last_linear(model)
    kept: list[Tensor] = []
    handle = watched.register_forward_pre_hook(lambda module, args: kept.append(args[0].flatten(1)))
    wanted, features, scores, labels = [], [], [], []
    labelled = (record for record in records if model.protocol.label(str(record.get('emotion', ''))) is not None)
    try:
        for batch in iter(lambda: list(itertools.islice(labelled, _BATCH)), []):
            wanted += batch
            inputs, samples = zip(*map(model.pack, batch))
            counts = [len(clips) for clips in inputs]
            with torch.no_grad():
                logits = model.logits(model.normalise(torch.cat(inputs)))
            features += [part.mean(dim=0).numpy() for part in kept.pop().split(counts)]
            scores += [part.softmax(dim=1).mean(dim=0).numpy() for part in logits.split(counts)]
            labels += [int(sample.gt_label) for sample in samples]
    finally:
        handle.remove()
    if not wanted:
        raise DatasetError(f'No ME of the folder has an emotion of protocol {model.protocol.name}, which {model.path} '
                           'was trained for: name the folder of its dataset.')
    return Representations(
        np.stack(features).astype(np.float32), np.array(labels), np.stack(scores).argmax(axis=1),
        tuple(str(record.get('subject', '')) for record in wanted), tuple(record['sample_id'] for record in wanted),
        model.protocol.classes)


def _last_linear(model: ClipModel) -> nn.Linear:
    layers = [module for module in model.model.cls_head.modules() if isinstance(module, nn.Linear)]
    if not layers:
        raise DatasetError(f"The class head of {model.path} has no linear layer: take the representation at 'input'.")
    return layers[-1]
